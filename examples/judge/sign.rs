use crate::{case::Case, judge::Judged};
use std::error::Error;
pub fn sign(_: &Case) -> Result<Option<Judged>, Box<dyn Error>> {
    Ok(None)
}
