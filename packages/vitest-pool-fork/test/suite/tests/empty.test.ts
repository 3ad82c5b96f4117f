import { describe } from 'vitest';

describe('has no tests', () => {});
