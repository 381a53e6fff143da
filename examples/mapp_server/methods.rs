//! What the service does in its methods. Each sees a grant, so none of them asks who is calling.

use keyward::{
    Catalogue, Grant,
    mapp::{Answer, Call, Value},
};

/// A call's answer: `Ok` if it succeeded, `Err` if it failed.
pub(crate) fn handle(grant: &Grant, call: &Call<'_>, catalogue: &Catalogue) -> Result<Answer, Answer> {
    match catalogue.name(grant.method()).unwrap_or_default() {
        "transactional.listTemplates" => Ok(list_templates()),
        "legacy.manage_subscriber" => manage_subscriber(call),
        "legacy.group_clear" => group_clear(call),
        _ => Err(Answer::failure("This example does not serve this method", "")),
    }
}

fn list_templates() -> Answer {
    let template =
        |id: u32, name: &str| Value::fields([("template_id", Value::from(id)), ("name", name.into())]);
    Answer::new(Value::list([template(7, "Welcome"), template(8, "Receipt & thanks")])).code(202)
}

fn manage_subscriber(call: &Call<'_>) -> Result<Answer, Answer> {
    let [email, group] = call.require(["email", "grp"])?;
    if !email.text().contains('@') {
        let data = Value::fields([("email", email.text()), ("grp", group.text())]);
        return Err(Answer::failure("This is no e-mail address", data));
    }
    Ok(Answer::new(Value::fields([("email", email.text()), ("status", "subscribed")])))
}

fn group_clear(call: &Call<'_>) -> Result<Answer, Answer> {
    let [group] = call.require(["group_id"])?;
    Ok(Answer::new(Value::fields([("job_id", format!("clear-{}", group.text()))])).without_code())
}
