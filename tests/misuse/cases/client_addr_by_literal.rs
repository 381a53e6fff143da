//! A client's address says where it was read, so only its readers make it.

fn main() {
    let _ = |ip, source, listed| keyward::ClientAddr { ip, source, listed };
}
