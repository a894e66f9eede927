//! A question in everyday words: found, or the desk; and nothing that was asked stays anywhere.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::form::{Form, form};
use crate::world::{Ask, World, files_with};

fn question(audience: &str, text: &str) -> Form {
    form(&[("audience", audience), ("question", text)])
}

/// OSK-33, OSK-34: visitors and operators find the prefecture's own words, the best answer open, others
/// and the desk below it.
#[tokio::test]
async fn asking_finds_the_answer_of_ones_own_side() {
    let world = World::new().await;
    world.get("/ask").await.is(200).says("action=\"&#x2f;ask\"").says("保存しません");
    for (audience, text, answer) in [
        ("visitor", "めーるが来なーい", "visitor-no-mail"),
        ("visitor", "ｱﾌﾟﾘって必要なん？", "visitor-app"),
        ("operator", "ﾎﾟｽﾀｰなくした", "operator-print"),
    ] {
        let entry = world.pack.faq.entries().iter().find(|entry| entry.id == answer).unwrap();
        let page = world.post("/ask", &question(audience, text)).await.is(200);
        let main = page.main();
        let open = main.split_once("<details lang=\"ja\" open>").unwrap().1;
        assert!(open.split_once("</details>").unwrap().0.contains(&entry.question), "{text}:\n{main}");
        assert!(main.matches("<details").count() <= 3, "{main}");
        let page = page.says("どれでもないとき").says(&world.pack.policy.desk.phone);
        assert_eq!(page.field("question").as_deref(), Some(text));
        assert_eq!(page.field("audience").as_deref(), Some(audience));
    }
    world.get("/faq").await.is(200).says("href=\"&#x2f;ask\"");
    world.get("/").await.is(200).says("href=\"&#x2f;ask\"");
    world.get("/ask?lang=en").await.is(200).says("What would you like to know?");
}

/// What isn't known isn't answered: the desk with name, telephone and hours stands first.
#[tokio::test]
async fn unsure_means_the_desk() {
    let world = World::new().await;
    let desk = &world.pack.policy.desk;
    for text in ["明日の天気は？", "?!", "🍜🍜🍜", "x"] {
        let page = world.post("/ask", &question("visitor", text)).await.is(200);
        let page = page.says("確かな答えが見つかりませんでした").does_not_say("<details lang=\"ja\" open>");
        let main = page.main();
        let said = main.split_once("</h1>").unwrap().1.split_once("</div>").unwrap().0;
        for words in [&desk.name, &desk.phone, &desk.hours] {
            assert!(said.contains(words.as_str()), "{words}:\n{main}");
        }
    }
}

/// Empty, too long, unseen characters, no side chosen, markup: a page that says what to do.
#[tokio::test]
async fn bad_input_gets_a_page_that_helps() {
    let world = World::new().await;
    for (text, says) in [
        ("", "知りたいことを入力してください"),
        (" \u{3000}\r\n", "知りたいことを入力してください"),
        (&"長".repeat(201), "200文字まで"),
        ("a\0b", "目に見えない文字"),
        ("メール\u{202E}が来ない", "目に見えない文字"),
    ] {
        let page = world.post("/ask", &question("visitor", text)).await.is(422);
        page.says(says).says("<title>エラー").does_not_say("<details");
    }
    world.post("/ask", &question("officer", "アプリ")).await.is(422).says("あなたの立場を選んでください");
    world.post("/ask", &form(&[])).await.is(422);
    world.post("/ask", &question("visitor", &"長".repeat(9_000))).await.is(413).says("大きすぎます");
    let page = world.post("/ask", &question("visitor", "<b>\"'アプリ</b>&")).await.is(200);
    page.does_not_say("<b>\"").does_not_say("アプリ</b>").says("&lt;b&gt;");
    // In an address it isn't even read.
    world.get("/ask?question=himitsu").await.is(200).does_not_say("himitsu");
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Nothing asked is in a file of the store, nor of the ring, nor in the log at its most talkative; the page
/// itself is kept by no browser and no proxy, and nothing was counted.
#[tokio::test]
async fn nothing_asked_is_kept() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let mut world = World::new().await;
    let asked = ["知られたくない病気のことです", "himitsu@secret.example", "ひみつ\u{202E}のしつもん"];
    for text in asked {
        for audience in ["visitor", "operator", "nobody"] {
            let ask = Ask::post("/ask", &question(audience, text));
            let page = world.ask(ask).await;
            assert_eq!(page.header(axum::http::header::CACHE_CONTROL), "no-store");
            assert!(!page.headers.contains_key(axum::http::header::SET_COOKIE));
            assert!(!page.headers.contains_key(axum::http::header::LOCATION));
        }
    }
    world.settle().await;
    tracing::info!("the log is read");
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("the log is read"), "nothing is logged, so this proves nothing");
    for text in asked {
        let encoded = crate::form::encoded(&form(&[("question", text)]));
        for shape in [text, encoded.trim_start_matches("question=")] {
            assert_eq!(files_with(world.folder.path(), shape), Vec::<std::path::PathBuf>::new(), "{shape}");
            assert!(!logged.contains(shape), "{shape} is in the log");
        }
    }
}
