//! Rules that hold for every input, tried on generated ones.

mod batch;
mod canonical;
mod carriers;
mod clients;
mod common;
mod credentials;
mod decisions;
mod messages;
mod model;
mod networks;
mod parsers;
mod replay;
mod secrecy;
mod sentences;
mod serde;
mod signed;
mod store;
mod time;
mod world;
