//! A client's address says where it was read, so only its readers make it.

fn main() {
    let _ = |ip, source| keyward::ClientAddr { ip, source };
}
