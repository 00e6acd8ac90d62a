const a = require("./cycle-a"); exports.seen = { ...a };
