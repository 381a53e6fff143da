//! One instance. The driver starts it: `instance SERVER SCHEMA BOUND_IN_MILLISECONDS`.

use std::{env, error::Error};

use keyward_instances::{instance, wire::Setting};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let setting = Setting::from_arguments(env::args().skip(1));
    instance::run(&setting.ok_or("name a server, a schema and a bound in milliseconds")?)
}
