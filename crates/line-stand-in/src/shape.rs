//! Shapes: what of a request is refused. After line/line-openapi, `messaging-api.yml` (Apache-2.0, 2026-07-01),
//! and for lengths of texts and labels after LINE's reference.

use serde_json::Value;

/// What is wrong with a request, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// `messages[0].text`
    pub property: String,
    /// What is allowed.
    pub message: String,
}

/// `PushMessageRequest`, `MulticastRequest`, `ReplyMessageRequest`: each wants these keys and knows these.
const REQUESTS: [(&str, &[&str], &[&str]); 3] = [
    ("reply", &["replyToken", "messages"], &["notificationDisabled"]),
    ("push", &["to", "messages"], &["notificationDisabled", "customAggregationUnits"]),
    ("multicast", &["to", "messages"], &["notificationDisabled", "customAggregationUnits"]),
];

/// Checks the body of a call; everything that is wrong.
pub fn check(call: &str, body: &Value) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let Some(object) = body.as_object() else {
        return vec![refused("", "The request body must be an object")];
    };
    let Some((_, required, optional)) = REQUESTS.iter().find(|(name, ..)| *name == call) else {
        return vec![refused("", "No such call")];
    };
    for key in
        object.keys().filter(|key| !required.contains(&key.as_str()) && !optional.contains(&key.as_str()))
    {
        wrong.push(refused(key, "Unknown property"));
    }
    match call {
        "reply" => wrong.extend(text_of(&body["replyToken"], "replyToken", 1, 200)),
        "push" => wrong.extend(account(&body["to"], "to")),
        _ => wrong.extend(list(&body["to"], "to", 500, account)),
    }
    wrong.extend(list(&body["messages"], "messages", 5, message));
    wrong
}

fn message(value: &Value, at: &str) -> Vec<Wrong> {
    match value["type"].as_str() {
        Some("text") => text_of(&value["text"], &format!("{at}.text"), 1, 5_000),
        Some("template") => {
            let mut wrong = text_of(&value["altText"], &format!("{at}.altText"), 1, 1_500);
            wrong.extend(template(&value["template"], &format!("{at}.template")));
            wrong
        }
        _ => vec![refused(&format!("{at}.type"), "The stand-in knows text and template")],
    }
}

fn template(value: &Value, at: &str) -> Vec<Wrong> {
    let (longest, most) = match value["type"].as_str() {
        Some("buttons") => (160, 4),
        Some("confirm") => (240, 2),
        _ => return vec![refused(&format!("{at}.type"), "The stand-in knows buttons and confirm")],
    };
    let mut wrong = text_of(&value["text"], &format!("{at}.text"), 1, longest);
    wrong.extend(list(&value["actions"], &format!("{at}.actions"), most, action));
    wrong
}

fn action(value: &Value, at: &str) -> Vec<Wrong> {
    let mut wrong = text_of(&value["label"], &format!("{at}.label"), 1, 20);
    match value["type"].as_str() {
        Some("postback") => {
            wrong.extend(text_of(&value["data"], &format!("{at}.data"), 1, 300));
            if !value["displayText"].is_null() {
                wrong.extend(text_of(&value["displayText"], &format!("{at}.displayText"), 1, 300));
            }
        }
        Some("message") => wrong.extend(text_of(&value["text"], &format!("{at}.text"), 1, 300)),
        Some("uri") => wrong.extend(text_of(&value["uri"], &format!("{at}.uri"), 1, 1_000)),
        _ => wrong.push(refused(&format!("{at}.type"), "The stand-in knows postback, message and uri")),
    }
    wrong
}

/// `U[0-9a-f]{32}`.
pub fn is_account(text: &str) -> bool {
    let hexadecimal = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix('U').is_some_and(|rest| rest.len() == 32 && rest.bytes().all(hexadecimal))
}

fn account(value: &Value, at: &str) -> Vec<Wrong> {
    match value.as_str() {
        Some(text) if is_account(text) => Vec::new(),
        _ => vec![refused(at, "The property is invalid")],
    }
}

fn list(value: &Value, at: &str, most: usize, each: fn(&Value, &str) -> Vec<Wrong>) -> Vec<Wrong> {
    let Some(items) = value.as_array() else { return vec![refused(at, "must be specified")] };
    if items.is_empty() || items.len() > most {
        return vec![refused(at, &format!("Size must be between 1 and {most}"))];
    }
    items.iter().enumerate().flat_map(|(n, item)| each(item, &format!("{at}[{n}]"))).collect()
}

/// Lengths are LINE's: UTF-16 units.
fn text_of(value: &Value, at: &str, least: usize, most: usize) -> Vec<Wrong> {
    let Some(text) = value.as_str() else { return vec![refused(at, "must be specified")] };
    let length = text.encode_utf16().count();
    if (least..=most).contains(&length) {
        return Vec::new();
    }
    vec![refused(at, &format!("Length must be between {least} and {most}"))]
}

fn refused(property: &str, message: &str) -> Wrong {
    Wrong { property: property.to_owned(), message: message.to_owned() }
}

/// A retry key: a UUID in hexadecimal, in five groups.
pub fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn account_of(n: usize) -> String {
        format!("U{n:032x}")
    }

    fn text(words: &str) -> Value {
        json!({ "type": "text", "text": words })
    }

    fn wrong_at(call: &str, body: &Value) -> Vec<String> {
        check(call, body).into_iter().map(|wrong| wrong.property).collect()
    }

    #[test]
    fn what_the_definitions_allow_is_taken() {
        let accounts: Vec<String> = (0..500).map(account_of).collect();
        let messages = vec![text("a"); 5];
        assert!(wrong_at("multicast", &json!({ "to": accounts, "messages": messages })).is_empty());
        assert!(wrong_at("push", &json!({ "to": account_of(1), "messages": [text("あ")] })).is_empty());
        let button = json!({
            "type": "template", "altText": "a",
            "template": { "type": "buttons", "text": "a", "actions": [
                { "type": "postback", "label": "a", "data": "b", "displayText": "a" }] },
        });
        assert!(wrong_at("reply", &json!({ "replyToken": "t", "messages": [button] })).is_empty());
    }

    #[test]
    fn what_they_forbid_is_refused_and_named() {
        let accounts: Vec<String> = (0..501).map(account_of).collect();
        assert_eq!(wrong_at("multicast", &json!({ "to": accounts, "messages": [text("a")] })), ["to"]);
        let one = account_of(1);
        let six = vec![text("a"); 6];
        assert_eq!(wrong_at("push", &json!({ "to": one, "messages": six })), ["messages"]);
        assert_eq!(wrong_at("push", &json!({ "to": one, "messages": [] })), ["messages"]);
        assert_eq!(wrong_at("push", &json!({ "to": "taro", "messages": [text("a")] })), ["to"]);
        let long = text(&"あ".repeat(5_001));
        assert_eq!(wrong_at("push", &json!({ "to": one, "messages": [long] })), ["messages[0].text"]);
        assert_eq!(wrong_at("push", &json!({ "to": one, "messages": [text("a")], "x": 1 })), ["x"]);
        assert_eq!(wrong_at("reply", &json!({ "messages": [text("a")] })), ["replyToken"]);
        let label = json!({ "type": "template", "altText": "a", "template": { "type": "buttons", "text": "a",
            "actions": [{ "type": "postback", "label": "x".repeat(21), "data": "b" }] } });
        let at = wrong_at("reply", &json!({ "replyToken": "t", "messages": [label] }));
        assert_eq!(at, ["messages[0].template.actions[0].label"]);
        assert_eq!(wrong_at("push", &json!([])), [""]);
    }

    #[test]
    fn a_retry_key_is_a_uuid() {
        assert!(is_uuid("123e4567-e89b-12d3-a456-426614174000"));
        for wrong in ["", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"] {
            assert!(!is_uuid(wrong), "{wrong}");
        }
    }
}
