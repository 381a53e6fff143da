//! Proof that no instance of a service accepts a credential later than its cache's bound after the change, and none
//! refuses a good one: processes that verify at full speed on one PostgreSQL, a driver that revokes, rotates, edits and
//! deletes meanwhile and breaks things, and a ledger that judges what all of them saw.

pub mod ledger;
pub mod track;
