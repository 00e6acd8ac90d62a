// A program that listens for what nobody caught.
process.on('unhandledRejection', (r, p) => console.log('unhandled', r instanceof Error ? r.message : r, p instanceof Promise)); Promise.reject(new Error('one')); Promise.reject('two'); (async () => { throw new TypeError('three'); })(); const p = Promise.reject(new Error('caught in time')); p.catch(() => console.log('caught')); setTimeout(() => console.log('alive'), 2);
process.on('uncaughtException', (e, o) => console.log('uncaught', e.message, o)); setTimeout(() => { throw new Error('timer'); }, 4); setTimeout(() => console.log('end'), 6);
