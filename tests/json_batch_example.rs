//! `examples/json_batch.rs`, run as a user runs it.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

fn run(file: &Path) -> Output {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--example", "json_batch", "--features", "memory", "--"]).arg(file);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

/// Whatever the order of an object's names.
fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_json_batch_is_answered_with_one_object_a_call() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/json_batch");
    for (name, calls) in [("halt", 4), ("continue", 7), ("alone", 1)] {
        let output = run(&folder.join(name).with_extension("json"));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let expected = fs::read_to_string(folder.join(name).with_extension("jsonl")).unwrap();
        let said = objects(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(said, objects(&expected), "{name}");
        assert_eq!(said.len(), calls, "{name}");
    }
}

#[test]
fn what_is_no_batch_ends_in_a_sentence_and_2() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("json-batch");
    fs::create_dir_all(&folder).unwrap();
    for (name, text, sentence) in [
        ("rule.json", r#"{"on_error": "never", "calls": []}"#, "unknown variant `never`"),
        ("twice.json", r#"{"on_error": "halt", "on_error": "continue", "calls": []}"#, "duplicate field"),
        ("cut.json", r#"{"on_error": "halt", "calls": [{"#, "EOF"),
    ] {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        let output = run(&file);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(sentence) && output.stdout.is_empty(), "{name}: {said}");
    }
}
