//! A case's config as a verifier, under the conformance profile: what published suites were written for.

use std::{error::Error, time::Duration};

use keyward::{HashAlg, MessageProfile, Profile};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Escher {
    algo_prefix: String,
    vendor_key: String,
    hash_algo: String,
    credential_scope: String,
    auth_header_name: String,
    date_header_name: String,
    clock_skew_s: u64,
    #[serde(default)]
    mandatory_signed_headers: Vec<String>,
    #[serde(default)]
    canonicalizer: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    max_expires_s: Option<u64>,
    #[serde(default)]
    allow_presigned_body: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "as the normal form has them")]
struct SigV4 {
    region: String,
    service: String,
    form: String,
    normalize_path: bool,
    double_encode_path: bool,
    clock_skew_s: u64,
    #[serde(default)]
    session_token: Option<String>,
    #[serde(default)]
    omit_session_token: bool,
    #[serde(default)]
    allow_unsigned_payload: bool,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    max_expires_s: Option<u64>,
    #[serde(default)]
    allow_presigned_body: Option<bool>,
    #[serde(default)]
    algo_prefix: Option<String>,
    #[serde(default)]
    vendor_key: Option<String>,
    #[serde(default)]
    hash_algo: Option<String>,
    #[serde(default)]
    credential_scope: Option<String>,
    #[serde(default)]
    auth_header_name: Option<String>,
    #[serde(default)]
    date_header_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rfc9421 {
    clock_skew_s: u64,
    max_age_s: Option<u64>,
    require_created: bool,
    required_components: Vec<String>,
    #[serde(default)]
    require_content_digest: bool,
    #[serde(default)]
    label: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardWebhooks {
    tolerance_s: u64,
}

pub(crate) fn escher(config: &Value) -> Result<Profile, Box<dyn Error>> {
    let config = Escher::deserialize(config)?;
    let mut profile = Profile::escher(&config.credential_scope)
        .danger_conformance()
        .algo_prefix(&config.algo_prefix)
        .vendor_key(&config.vendor_key)
        .auth_header(&config.auth_header_name)
        .date_header(&config.date_header_name)
        .hash(hash(&config.hash_algo)?)
        .window(Duration::from_secs(config.clock_skew_s))
        .require_signed(config.mandatory_signed_headers.iter().map(String::as_str));
    profile = match config.canonicalizer.as_deref() {
        None | Some("common") => profile,
        Some("antavo_php") => profile.antavo_php(),
        Some(other) => return Err(format!("canonicalizer {other:?}; write common or antavo_php").into()),
    };
    bounds(profile, config.path.as_deref(), config.max_expires_s, config.allow_presigned_body)
}

pub(crate) fn sigv4(config: &Value) -> Result<Profile, Box<dyn Error>> {
    let config = SigV4::deserialize(config)?;
    if !["header", "query"].contains(&config.form.as_str()) {
        return Err(format!("form {:?}; write header or query", config.form).into());
    }
    let s3 = config.service == "s3";
    let mut profile =
        if s3 { Profile::aws_s3(&config.region) } else { Profile::aws(&config.region, &config.service) };
    profile = profile
        .danger_conformance()
        .normalize_path(config.normalize_path)
        .encode_path(config.double_encode_path)
        .window(Duration::from_secs(config.clock_skew_s));
    if config.session_token.is_some() {
        profile = profile.danger_session_token(!config.omit_session_token);
    }
    if config.allow_unsigned_payload {
        profile = profile.danger_unsigned_payload();
    }
    let with = |profile, value: &Option<String>, set: fn(Profile, &str) -> Profile| match value {
        Some(value) => set(profile, value),
        None => profile,
    };
    profile = with(profile, &config.algo_prefix, Profile::algo_prefix);
    profile = with(profile, &config.vendor_key, Profile::vendor_key);
    profile = with(profile, &config.credential_scope, Profile::scope);
    profile = with(profile, &config.auth_header_name, Profile::auth_header);
    profile = with(profile, &config.date_header_name, Profile::date_header);
    if let Some(name) = &config.hash_algo {
        profile = profile.hash(hash(name)?);
    }
    bounds(profile, config.path.as_deref(), config.max_expires_s, config.allow_presigned_body)
}

pub(crate) fn rfc9421(config: &Value) -> Result<MessageProfile, Box<dyn Error>> {
    let config = Rfc9421::deserialize(config)?;
    let mut profile = MessageProfile::new()
        .danger_conformance()
        .window(Duration::from_secs(config.clock_skew_s))
        .require(config.required_components.iter().map(String::as_str));
    if let Some(age) = config.max_age_s {
        profile = profile.max_age(Duration::from_secs(age));
    }
    if config.require_created {
        profile = profile.require_created();
    }
    if config.require_content_digest {
        profile = profile.require_content_digest();
    }
    if let Some(label) = &config.label {
        profile = profile.label(label);
    }
    Ok(profile)
}

pub(crate) fn tolerance(config: &Value) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::from_secs(StandardWebhooks::deserialize(config)?.tolerance_s))
}

fn bounds(
    mut profile: Profile,
    path: Option<&str>,
    life: Option<u64>,
    body: Option<bool>,
) -> Result<Profile, Box<dyn Error>> {
    profile = match path {
        None | Some("lenient") => profile,
        Some("strict") => profile.strict_path(),
        Some(other) => return Err(format!("path {other:?}; write lenient or strict").into()),
    };
    profile = profile.max_life(Duration::from_secs(life.unwrap_or(604_800)));
    Ok(body.map_or(profile.clone(), |allowed| profile.danger_presigned_body(allowed)))
}

fn hash(name: &str) -> Result<HashAlg, Box<dyn Error>> {
    match name.to_ascii_uppercase().as_str() {
        "SHA256" => Ok(HashAlg::Sha256),
        "SHA512" => Ok(HashAlg::Sha512),
        _ => Err(format!("hash_algo {name:?}; write SHA256 or SHA512").into()),
    }
}
