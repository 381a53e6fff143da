//! Whom the requests are from.

use std::sync::Arc;

use keyward::{
    AccessLevel, Account, Admission, AdmitStep, Allowlist, ApiUser, Authorizer, Catalogue, Denial, Imported,
    Keep, KeyId, ModulePolicy, Subject, mapp::Request,
};

use super::{
    KEY, SECRET,
    common::{NOW, by, ring, secret, seeded},
};

/// An engine with the vendor's catalogue, one account with everything enabled, one user whose pair came from elsewhere.
pub(crate) struct World {
    pub(crate) engine: Authorizer,
    pub(crate) subject: Subject,
}

impl World {
    pub(crate) fn new() -> Self {
        let engine = Authorizer::new(Catalogue::mapp(), ring());
        let account = Account::new("acme".parse().unwrap());
        let account = engine
            .catalogue()
            .modules()
            .fold(account, |account, module| account.enable(module, ModulePolicy::default()));
        let id = "u1".parse().unwrap();
        let mut user = ApiUser::new(account.id(), id, "shop", AccessLevel::Full, Allowlist::Any).unwrap();
        let key: KeyId = KEY.parse().unwrap();
        let pair = Imported::new(key, secret(SECRET)).unwrap();
        let _ = user.import(&pair, Keep::Hashed, engine.keys(), by(NOW), &mut seeded(3)).unwrap();
        let subject = Subject::new(Arc::new(account), Arc::new(user), key).unwrap();
        Self { engine, subject }
    }

    pub(crate) fn admit(&self, request: &Request<'_>) -> Admission {
        let presented = request.present();
        let subject = presented.key_id().filter(|key| key.as_str() == KEY).map(|_| self.subject.clone());
        match self.engine.admit(presented, subject, NOW).unwrap() {
            AdmitStep::Done(admission) => admission,
            AdmitStep::Claim(_) => panic!("nothing is signed here"),
        }
    }

    pub(crate) fn denied(&self, request: &Request<'_>) -> Option<Denial> {
        match self.admit(request) {
            Admission::Admit(_) => None,
            Admission::Deny(denial) => Some(denial),
        }
    }
}
