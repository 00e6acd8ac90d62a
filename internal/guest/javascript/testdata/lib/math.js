exports.sum = (...n) => n.reduce((a, b) => a + b, 0); exports.PI2 = 6.28; let n = 0; exports.counter = () => ++n;
