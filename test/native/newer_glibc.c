// A C library that says it is another: the layout of its condition variables is not what that version has. Preloaded.
const char* gnu_get_libc_version(void) { return "2.41"; }
