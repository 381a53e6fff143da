//! What a server has to be before it is trusted with a claim.

use redis::{Pipeline, aio::MultiplexedConnection};

use crate::error::RedisReplayError;

/// Refuses a server that evicts, and one that copies another. INFO says both, also where CONFIG is forbidden.
pub(crate) async fn look_at(connection: &mut MultiplexedConnection) -> Result<(), RedisReplayError> {
    let mut questions = Pipeline::new();
    questions.cmd("INFO").arg("memory").cmd("INFO").arg("replication");
    let (memory, replication): (String, String) = questions.query_async(connection).await?;
    let policy = field(&memory, "maxmemory_policy")?;
    if policy != "noeviction" {
        return Err(RedisReplayError::Evicts(shown(policy)));
    }
    let role = field(&replication, "role")?;
    if role != "master" {
        return Err(RedisReplayError::NotMaster(shown(role)));
    }
    Ok(())
}

fn field<'t>(info: &'t str, name: &'static str) -> Result<&'t str, RedisReplayError> {
    let of = |line: &'t str| line.strip_prefix(name)?.strip_prefix(':');
    info.lines().find_map(of).ok_or(RedisReplayError::Unsaid(name))
}

/// As much as any word of Redis' own has.
fn shown(word: &str) -> String {
    word.chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let info = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n";
        assert_eq!(field(info, "maxmemory").unwrap(), "0");
        assert_eq!(field(info, "maxmemory_policy").unwrap(), "noeviction");
        assert!(matches!(field(info, "policy"), Err(RedisReplayError::Unsaid("policy"))));
        assert!(field("", "role").is_err());
    }
}
