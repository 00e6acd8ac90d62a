const { sum } = require("../math"); module.exports = { area: (r) => sum(r, r) * r };
