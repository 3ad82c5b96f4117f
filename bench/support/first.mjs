// When does a child of a fork server come to its first JavaScript?
import { now } from './process.mjs';

export default now;
