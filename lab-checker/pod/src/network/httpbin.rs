//! What httpbin answers, which tutorials about meshes and policies ask: what was asked, and the status that was wished
//! for.

use serde_json::{Map, Value, json};

/// A request, as httpbin repeats it.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// The path with its query.
    pub(super) path: &'a str,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: &'a str,
    /// Who asks.
    pub(super) origin: &'a str,
}

/// The status, and a body in JSON; nothing, where httpbin has another page.
pub(super) fn answer(asked: &Asked<'_>) -> Option<(u16, String)> {
    let (path, query) = asked.path.split_once('?').unwrap_or((asked.path, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let host = asked.headers.iter().find(|(name, _)| *name == "Host").map_or("", |(_, host)| *host);
    let headers: Map<String, Value> =
        asked.headers.iter().map(|(name, value)| ((*name).into(), json!(value))).collect();
    let arguments: Map<String, Value> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.into(), json!(value)))
        .collect();
    let url = format!("http://{host}{}", asked.path);
    let all = || {
        let mut all = json!({"args": arguments, "headers": headers, "origin": asked.origin, "url": url});
        if asked.method != "GET" || parts[0] == "anything" {
            all["data"] = asked.body.into();
            all["method"] = asked.method.into();
        }
        all
    };
    let body = match parts.as_slice() {
        ["status", code] => {
            return code.parse().ok().filter(|code| (100..600).contains(code)).map(|code| (code, String::new()));
        }
        ["ip"] => json!({"origin": asked.origin}),
        ["headers"] => json!({"headers": headers}),
        ["user-agent"] => json!({"user-agent": headers.get("User-Agent")}),
        ["uuid"] => json!({"uuid": "5b4f2c1e-9d7a-4c3b-8e6f-1a2b3c4d5e6f"}),
        [verb @ ("get" | "post" | "put" | "patch" | "delete")] if !verb.eq_ignore_ascii_case(asked.method) => {
            return Some((405, String::new()));
        }
        ["get" | "post" | "put" | "patch" | "delete"] | ["anything", ..] | ["delay", _] => all(),
        _ => return None,
    };
    let text = serde_json::to_string_pretty(&body).unwrap_or_default();
    Some((200, format!("{text}\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(method: &str, path: &str) -> Option<(u16, Value)> {
        let headers = vec![("Host", "httpbin:8000"), ("User-Agent", "curl/8.16.0")];
        let (status, body) = answer(&Asked { method, path, headers, body: "x=1", origin: "10.244.1.7" })?;
        Some((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
    }

    #[test]
    fn it_repeats_what_was_asked() {
        let headers = json!({"Host": "httpbin:8000", "User-Agent": "curl/8.16.0"});
        assert_eq!(ask("GET", "/ip"), Some((200, json!({"origin": "10.244.1.7"}))));
        assert_eq!(ask("GET", "/headers"), Some((200, json!({"headers": headers}))));
        let get = ask("GET", "/get?a=b").unwrap().1;
        assert_eq!((&get["args"], &get["url"]), (&json!({"a": "b"}), &json!("http://httpbin:8000/get?a=b")));
        assert_eq!(ask("POST", "/post").unwrap().1["data"], "x=1");
        assert_eq!(ask("GET", "/anything/else").unwrap().1["method"], "GET");
    }

    #[test]
    fn it_answers_with_the_status_that_was_wished_for() {
        for (path, status) in [("/status/418", 418), ("/status/200", 200), ("/post", 405), ("/delay/2", 200)] {
            assert_eq!(ask("GET", path).map(|(status, _)| status), Some(status), "{path}");
        }
        assert_eq!((ask("GET", "/status/x"), ask("GET", "/")), (None, None));
    }
}
