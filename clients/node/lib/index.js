// The package's surface. Everything else under lib/ may change.
export { Client } from './client.js';
export { Cursor, CursorFile } from './cursor.js';
export { findConfig, readConfig } from './config.js';
export { verifyExport, verifyLines } from './export.js';
export { proofLines, verifyProof } from './proof.js';
export { remote } from './publisher.js';
export { newId } from './words.js';
export * as errors from './errors.js';
