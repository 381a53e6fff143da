//! Rules that hold for every input, tried on generated ones.

extern crate alloc; // one file of the crate is compiled in here

mod answers;
mod batch;
mod canonical;
mod carriers;
mod clients;
mod common;
mod credentials;
mod decisions;
mod journal;
mod messages;
mod model;
mod networks;
mod parsers;
#[path = "../common/mapp.rs"]
mod reading;
mod redact;
mod replay;
mod replies;
mod requests;
mod secrecy;
mod sentences;
mod serde;
mod signed;
mod store;
mod time;
mod world;
#[path = "../common/xml.rs"]
mod xml;
