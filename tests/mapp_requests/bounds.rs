//! What is too large, too deep or too much.

use keyward::mapp::{Reader, RequestProblem};
use keyward::{Headers, MAX_CALLS, RequestHead};

use super::{USUAL, called, problem, read};

#[test]
fn a_body_has_at_most_a_mebibyte_unless_a_reader_says_otherwise() {
    let padded = |length: usize| format!("{USUAL}{}", " ".repeat(length - USUAL.len()));
    let most = 1024 * 1024;
    assert!(read(&padded(most)).is_ok());
    assert_eq!(problem(&padded(most + 1)), RequestProblem::TooLarge(most));
    let small = Reader::new().max_bytes(USUAL.len());
    assert!(small.read(None, USUAL.as_bytes()).is_ok());
    let too_large = RequestProblem::TooLarge(USUAL.len());
    assert_eq!(small.read(None, padded(USUAL.len() + 1).as_bytes()).unwrap_err().problem(), too_large);
    let target = format!("/?{}", "x".repeat(USUAL.len() + 1));
    let head = RequestHead::new("GET", &target, Headers::lines(&[]));
    assert_eq!(small.danger_get().receive(&head, b"").unwrap_err().problem(), too_large);
    assert!(Reader::new().max_bytes(most + 1).read(None, padded(most + 1).as_bytes()).is_ok());
    assert_eq!(Reader::new().max_bytes(usize::MAX), Reader::new().max_bytes(1 << 31));
}

#[test]
fn a_request_has_at_most_as_many_calls_as_a_batch_runs() {
    let calls = |count| {
        format!(
            "<api><data>{}</data></api>",
            "<methodCall><methodName>a</methodName></methodCall>".repeat(count)
        )
    };
    assert_eq!(read(&calls(MAX_CALLS)).unwrap().calls().len(), MAX_CALLS);
    assert_eq!(problem(&calls(MAX_CALLS + 1)), RequestProblem::TooManyCalls(MAX_CALLS));
    let single = Reader::new().max_calls(1);
    assert!(single.read(None, calls(1).as_bytes()).is_ok());
    assert_eq!(
        single.read(None, calls(2).as_bytes()).unwrap_err().problem(),
        RequestProblem::TooManyCalls(1)
    );
    assert_eq!(Reader::new().max_calls(usize::MAX), Reader::new());
}

#[test]
fn a_request_has_at_most_65536_elements_unless_a_reader_says_otherwise() {
    // Four stand around the arguments.
    let elements = |count: usize| called(&"<a/>".repeat(count - 4));
    assert!(read(&elements(64 * 1024)).is_ok());
    assert_eq!(problem(&elements(64 * 1024 + 1)), RequestProblem::TooManyElements);
    let few = Reader::new().max_elements(10);
    assert!(few.read(None, elements(10).as_bytes()).is_ok());
    assert_eq!(
        few.read(None, elements(11).as_bytes()).unwrap_err().problem(),
        RequestProblem::TooManyElements
    );
    assert!(Reader::new().max_elements(70_000).read(None, elements(70_000).as_bytes()).is_ok());
}

#[test]
fn elements_nest_at_most_32_deep() {
    // Three are around an argument.
    let nested = |depth: usize| called(&format!("{}x{}", "<a>".repeat(depth - 3), "</a>".repeat(depth - 3)));
    assert!(read(&nested(32)).is_ok());
    assert_eq!(problem(&nested(33)), RequestProblem::TooDeep);
    assert_eq!(problem(&nested(100_000)), RequestProblem::TooDeep);
    assert_eq!(problem(&called(&"<a>".repeat(200_000))), RequestProblem::TooDeep);
}
