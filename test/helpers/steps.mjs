// Which steps can a test leave out? The enum Step in native/fork/request.h.
export const QUIESCE = 1;
export const SHARE_HEAP = 2;
export const RESTORE_HEAP = 4;
export const LOOP = 8;
export const UV_POOL = 16;
export const V8_POOL = 32;
export const DEAD_THREADS = 64;
export const SEVER = 128;
export const EXIT = 256;
export const HOLD_WORKERS = 512;
export const GC_LOCK = 1024;
export const TRACING_LOOP = 2048;
export const VM_THREADS = 4096;
export const FIRST_LOOK = 8192;
export const PROFILERS = 16384;
