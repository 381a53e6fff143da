/* Runs the line: exit 0 if the right secret was allowed and a wrong one denied. */

int keyward_line(void);

/* The toolchain's own `alloc` was compiled to unwind and names this; nothing unwinds here. */
void rust_eh_personality(void) {}

int main(void) { return keyward_line(); }
