//! A text that is put together and wiped.

use alloc::string::String;
use core::ops::Deref;

use zeroize::Zeroizing;

/// As a `String`, but no block that it grew out of keeps a part of it.
#[derive(Default)]
pub(super) struct Buffer(Zeroizing<String>);

impl Buffer {
    pub(super) fn push(&mut self, text: &str) {
        let needed = self.0.len() + text.len();
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(String::with_capacity(needed.next_power_of_two()));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.push_str(text);
    }
}

impl Deref for Buffer {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
