// A fresh process that says that it is there, and stays until its parent disconnects.
process.on('message', () => {});
process.send('here');
