//! LINE: a code reaches the account, agreement is asked for once, the check-in is stored and answered; what
//! isn't LINE's, or comes again, changes nothing. LINE itself is the stand-in (crates/line-stand-in).

use axum::http::{Method, header};
use domain::policy::pack::PackFiles;
use domain::venue::Venue;
use line_stand_in::{Fault, events::Webhook};
use serde_json::json;

use crate::form::form;
use crate::world::{Ask, DAY, HOUR, MINUTE, World};

pub const MEI: &str = "Uaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub const SORA: &str = "Ubbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A policy with LINE: what stands in `[channels]`, and what is added to `[check_in]`.
pub fn by_line(channels: &str, check_in: &str) -> impl FnOnce(&mut PackFiles) {
    let sections = format!("[channels]\n{channels}\n\n[check_in]\n{check_in}\n");
    move |files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replacen("[check_in]\n", &sections, 1);
    }
}

pub const BOTH: &str = "enabled = [\"line\", \"web_email\"]\nuser_choice = true";
pub const BUTTON: &str = "consent = \"button_first_scan\"";

impl World {
    /// An account sends a scanned code; what it is answered, last of all.
    pub async fn send_code(&mut self, account: &str, venue: &Venue) -> Option<String> {
        let hook = self.line().text(account, &format!("TADORI {}", venue.code));
        self.hook(&hook).await.is(200);
        self.settle().await;
        self.line().chat(account).last().map(|message| message.text().to_owned())
    }

    /// An account presses the button that it was sent last.
    pub async fn press(&mut self, account: &str) {
        let data =
            self.line().chat(account).iter().rev().find_map(|m| m.button().map(str::to_owned)).unwrap();
        let hook = self.line().press(account, &data);
        self.hook(&hook).await.is(200);
        self.settle().await;
    }

    /// Checks in by LINE, whatever has to be pressed.
    pub async fn check_in_by_line(&mut self, account: &str, venue: &Venue) {
        let before = self.check_ins_today().await;
        self.send_code(account, venue).await;
        if self.check_ins_today().await == before {
            self.press(account).await;
        }
        assert_eq!(self.check_ins_today().await, before + 1);
    }
}

/// STM-7 to STM-11, KNG-5, KNG-9, B8: the first scan asks, nothing is stored before the button; from then on each
/// visit is a row and an answer, several a day, each place its own.
#[tokio::test]
async fn the_button_is_pressed_once_and_every_visit_counts() {
    let mut world = World::with_pack(by_line(BOTH, BUTTON)).await;
    let (cafe, hall) =
        (world.venue("喫茶", "restaurant", 40).await, world.venue("館", "restaurant", 40).await);
    let asked = world.send_code(MEI, &cafe).await.unwrap();
    assert!(asked.contains("喫茶") && asked.contains("よろしいですか"), "{asked}");
    assert_eq!(world.check_ins_today().await, 0, "nothing is stored before the button");
    world.press(MEI).await;
    assert_eq!(world.check_ins_today().await, 1);
    let chat = world.line().chat(MEI);
    assert!(chat.iter().all(|message| message.by == "reply"), "answers cost nothing");
    assert!(chat.last().unwrap().text().contains("登録しました"));
    for (venue, rows) in [(&hall, 2), (&cafe, 3), (&cafe, 4)] {
        world.clock.advance(HOUR);
        let said = world.send_code(MEI, venue).await.unwrap();
        assert!(said.contains("登録しました"), "asked once: {said}");
        assert_eq!(world.check_ins_today().await, rows);
    }
    assert_eq!((world.line().used(), world.inbox.messages().len()), (0, 0));
}

/// Invariant: of an account nothing lies anywhere in clear, nor a mark beside a check-in.
#[tokio::test]
async fn no_file_holds_an_account() {
    let mut world = World::with_pack(by_line(BOTH, BUTTON)).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    world.check_in_by_line(MEI, &cafe).await;
    world.line().fail(Fault { call: "reply".into(), times: 9, taken: false, status: 500, retry_after: None });
    let hook = world.line().text(SORA, &format!("TADORI {}", cafe.code));
    world.hook(&hook).await.is(200);
    for account in [MEI, SORA, &MEI[1..], "reply-token"] {
        assert!(crate::world::files_with(&world.store(), account).is_empty(), "{account}");
    }
    assert_eq!((world.count("line_friend").await, world.count("line_reply").await), (2, 1));
}

/// B9: another version is asked for anew, a button of the old one stores nothing, and button_each asks each time.
#[tokio::test]
async fn a_changed_text_is_agreed_to_anew() {
    let mut world = World::with_pack(by_line(BOTH, BUTTON)).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    world.send_code(MEI, &cafe).await;
    let old = world.line().chat(MEI).last().unwrap().button().unwrap().to_owned();
    let newer = old.replacen("consent:1:", "consent:2:", 1);
    let hook = world.line().press(MEI, &newer);
    world.hook(&hook).await.is(200);
    world.settle().await;
    assert_eq!(world.check_ins_today().await, 0, "a changed letter agrees to nothing");

    let mut each = World::with_pack(by_line(BOTH, "consent = \"button_each\"")).await;
    let bar = each.venue("酒場", "restaurant", 40).await;
    for rows in 1..=2 {
        each.clock.advance(MINUTE);
        assert!(each.send_code(MEI, &bar).await.unwrap().contains("よろしいですか"));
        each.press(MEI).await;
        assert_eq!(each.check_ins_today().await, rows);
        each.press(MEI).await;
        assert_eq!(each.check_ins_today().await, rows, "one button is one check-in");
    }
}

/// B9: who agreed to version 1 is asked again when the policy has version 2.
#[tokio::test]
async fn who_agreed_to_another_version_is_asked_again() {
    let second = format!("{BUTTON}\nconsent_version = 2");
    let mut world = World::with_pack(by_line(BOTH, &second)).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    world.check_in_by_line(MEI, &cafe).await;
    let mut zone = world.connect(&world.store().join("intake/intake.db")).await;
    sqlx::query("update line_friend set consent = 1").execute(&mut zone).await.unwrap();
    world.clock.advance(MINUTE);
    assert!(world.send_code(MEI, &cafe).await.unwrap().contains("よろしいですか"));
    assert_eq!(world.check_ins_today().await, 1);
}

/// B8: without a button the page's notice is enough, and the answer says what is kept.
#[tokio::test]
async fn where_the_form_tells_a_code_is_a_check_in() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    let said = world.send_code(MEI, &cafe).await.unwrap();
    assert!(said.contains("登録しました") && said.contains("お名前や画像は取得しません"), "{said}");
    assert_eq!(world.check_ins_today().await, 1);
    let english = world.line().text(MEI, &format!("TADORI {} en", cafe.code));
    world.hook(&english).await.is(200);
    world.settle().await;
    assert!(world.line().chat(MEI).last().unwrap().text().contains("Your check-in is registered"));
}

/// A1, A2, HYG-2: the page offers what the policy has, and works without script; the address leads into the chat.
#[tokio::test]
async fn the_page_offers_what_the_visitor_may_choose() {
    async fn page(world: &World, venue: &Venue) -> crate::page::Page {
        world.get(&format!("/v/{}", venue.code)).await
    }
    let world = World::with_pack(by_line(BOTH, BUTTON)).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    // As it stands in the page: the slashes are written out there.
    let opens = format!("line.me&#x2f;R&#x2f;oaMessage&#x2f;%40tadori-example&#x2f;?TADORI%20{}", cafe.code);
    let both = page(&world, &cafe).await.is(200);
    let both = both.says(&opens).says("name=\"email\"").says("同意して登録する").says("両方でお知らせします");
    both.says("ブロックしていると").says("はじめてのときに").does_not_say("<script");

    let first = "enabled = [\"web_email\", \"line\"]";
    let world = World::with_pack(by_line(first, "")).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    page(&world, &cafe).await.is(200).says("name=\"email\"").does_not_say("line.me");

    let only = "enabled = [\"line\"]\nline.account_join = \"either\"\nline.blocked_hint = false";
    let world = World::with_pack(by_line(only, "")).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    let line = page(&world, &cafe).await.is(200).says("line.me&#x2f;R&#x2f;ti&#x2f;p&#x2f;%40tadori-example");
    let line = line.does_not_say("name=\"email\"").does_not_say("ブロックしていると");
    line.says("先にしておいても").does_not_say("同意して登録する");
    for page in ["/", "/visitors"] {
        world.get(page).await.is(200).does_not_say("確認メール").does_not_say("メールアドレスを");
    }
    world.get("/visitors").await.is(200).says("LINEで登録する").says("大切なお知らせ").says("(LINE)");
    world.get("/privacy").await.is(200).says("LINEの宛先");
    let path = format!("/v/{}", cafe.code);
    world.post(&path, &form(&[("email", "a@visitor.example")])).await.leads_to();
    assert_eq!(world.check_ins_today().await, 0, "there is no form to be sent");
}

/// A6: where the account is to be added first, who hasn't is asked to, and then registered.
#[tokio::test]
async fn who_has_not_added_the_account_is_asked_to_where_the_policy_wants_it() {
    let before = format!("{BOTH}\nline.account_join = \"before\"");
    let mut world = World::with_pack(by_line(&before, "")).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    assert!(world.send_code(MEI, &cafe).await.unwrap().contains("先にこのアカウントを友だちに"));
    assert_eq!(world.check_ins_today().await, 0);
    let hook = world.line().follow(MEI);
    world.hook(&hook).await.is(200);
    assert!(world.send_code(MEI, &cafe).await.unwrap().contains("登録しました"));
    let path = format!("/v/{}", cafe.code);
    world.get(&path).await.is(200).says("先に@tadori-exampleを友だちに追加");
}

/// A7, STM-13: who is welcomed is told what a block means.
#[tokio::test]
async fn a_new_friend_is_told_what_a_block_means() {
    for (hint, told) in [("true", true), ("false", false)] {
        let mut world = World::with_pack(by_line(&format!("{BOTH}\nline.blocked_hint = {hint}"), "")).await;
        let hook = world.line().follow(MEI);
        world.hook(&hook).await.is(200);
        world.settle().await;
        let welcome = world.line().chat(MEI)[0].text().to_owned();
        assert_eq!(welcome.contains("ブロックを解除"), told, "{welcome}");
    }
}

/// B10: the answer to a check-in follows the policy as the mail does.
#[tokio::test]
async fn confirmations_follow_the_policy() {
    for (confirmation, answers) in [("every", 3), ("first_of_day", 2), ("none", 0)] {
        let mut world = World::with_pack(|files| {
            by_line(BOTH, "")(files);
            let policy = files.get_mut("jurisdiction.toml").unwrap();
            *policy =
                policy.replace("confirmation = \"every\"", &format!("confirmation = \"{confirmation}\""));
        })
        .await;
        let (cafe, hall) =
            (world.venue("喫茶", "restaurant", 40).await, world.venue("館", "restaurant", 40).await);
        for venue in [&cafe, &cafe, &hall] {
            world.clock.advance(MINUTE);
            world.send_code(MEI, venue).await;
        }
        assert_eq!(
            (world.line().chat(MEI).len(), world.check_ins_today().await),
            (answers, 3),
            "{confirmation}"
        );
    }
}

/// Forged, changed, truncated, oversized, of another channel: refused, and nothing is stored.
#[tokio::test]
async fn what_is_not_lines_is_refused() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    let good = world.line().text(MEI, &format!("TADORI {}", cafe.code));
    let truncated = Webhook { body: good.body[..good.body.len() - 1].to_vec(), ..good.clone() };
    let mut changed = good.clone();
    let at = changed.body.windows(6).position(|part| part == b"TADORI").unwrap();
    changed.body[at] = b't';
    let unsigned = Webhook { signature: String::new(), ..good.clone() };
    let other = line_stand_in::StandIn::new(world.clock.clone(), "another-channel-secret", "x");
    for (forged, what) in [
        (truncated, "truncated"),
        (changed, "changed"),
        (unsigned, "unsigned"),
        (other.signed(good.body.clone()), "another channel's"),
    ] {
        let page = world.hook(&forged).await;
        assert_eq!(page.status, 401, "{what}");
    }
    let huge = world.line().signed(vec![b' '; 300 * 1024]);
    assert_eq!(world.hook(&huge).await.status, 413);
    for nonsense in ["", "null", "{}", "{\"events\": 7}", "[]"] {
        let hook = world.line().signed(nonsense.as_bytes().to_vec());
        assert_eq!(world.hook(&hook).await.status, 400, "{nonsense}");
    }
    let get = world.ask(Ask::get("/line/webhook").with(header::ACCEPT, "*/*")).await;
    assert_eq!(get.status, 405);
    world.settle().await;
    assert_eq!((world.check_ins_today().await, world.count("line_friend").await), (0, 0));
    // The empty call by which LINE's console tries the address.
    let empty = world.line().webhook(&[]);
    world.hook(&empty).await.is(200);
    world.hook(&good).await.is(200);
    world.settle().await;
    assert_eq!(world.check_ins_today().await, 1);
}

/// Where the pack has no LINE there is no such door.
#[tokio::test]
async fn without_the_channel_there_is_no_webhook() {
    let world = World::new().await;
    let ask = Ask { method: Method::POST, path: "/line/webhook", headers: vec![], body: b"{}".to_vec() };
    world.ask(ask).await.is(404);
}

/// Replayed, redelivered, reordered, late: the same event is the same row, once answered.
#[tokio::test]
async fn an_event_is_taken_once() {
    let mut world = World::with_pack(by_line(BOTH, BUTTON)).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    world.check_in_by_line(MEI, &cafe).await;
    world.clock.advance(MINUTE);
    let hook = world.line().text(MEI, &format!("TADORI {}", cafe.code));
    let again = world.line().again(&hook);
    for repeat in [&hook, &hook, &again, &hook] {
        world.hook(repeat).await.is(200);
        world.settle().await;
    }
    assert_eq!(world.check_ins_today().await, 2);
    let answers = world.line().calls_of("reply").len();
    world.clock.advance(2 * HOUR);
    world.settle().await;
    world.hook(&again).await.is(200);
    world.settle().await;
    assert_eq!(
        (world.check_ins_today().await, world.line().calls_of("reply").len()),
        (2, answers),
        "too old"
    );

    // Blocked, then written: whichever webhook comes last, the newest state of things counts as it was told.
    let (text, block) = (world.line().text(SORA, "TADORI x"), world.line().block(SORA));
    for hook in [block, text] {
        world.hook(&hook).await.is(200);
    }
    world.settle().await;
    assert_eq!(world.check_ins_today().await, 2);
}

/// An event from tomorrow is none of ours; a postback for another place, of another account, or that we never
/// made, stores nothing.
#[tokio::test]
async fn a_button_is_for_its_own_place_and_account() {
    let mut world = World::with_pack(by_line(BOTH, BUTTON)).await;
    let (cafe, hall) =
        (world.venue("喫茶", "restaurant", 40).await, world.venue("館", "restaurant", 40).await);
    world.send_code(MEI, &cafe).await;
    let data = world.line().chat(MEI).last().unwrap().button().unwrap().to_owned();
    let elsewhere = data.replace(&cafe.code.to_string(), &hall.code.to_string());
    for (account, data) in
        [(MEI, elsewhere.as_str()), (SORA, &data), (MEI, "consent:1:x:ja:y"), (MEI, ""), (MEI, "buy=now")]
    {
        let hook = world.line().press(account, data);
        world.hook(&hook).await.is(200);
        world.settle().await;
        assert_eq!(world.check_ins_today().await, 0, "{data}");
    }
    let mut event = world.line().event("postback", MEI, json!({ "postback": { "data": data } }), true);
    event["timestamp"] = json!(event["timestamp"].as_i64().unwrap() + 24 * 3_600_000);
    let hook = world.line().webhook(&[event]);
    world.hook(&hook).await.is(200);
    assert_eq!(world.check_ins_today().await, 0, "from tomorrow");
    // Left lying half a day, the button asks anew instead.
    world.pass(11 * HOUR).await;
    world.clock.advance(2 * HOUR);
    let hook = world.line().press(MEI, &data);
    world.hook(&hook).await.is(200);
    world.settle().await;
    assert_eq!(world.check_ins_today().await, 0);
    world.press(MEI).await;
    assert_eq!(world.check_ins_today().await, 1);
}

/// Unknown kinds, groups, standby, accounts that are none: passed over, and the rest of the webhook is taken.
#[tokio::test]
async fn what_we_do_not_know_is_passed_over() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    let line = world.line().clone();
    let kinds =
        ["unsend", "join", "videoPlayComplete", "beacon", "membership", "botSuspended", "not-yet-invented"];
    let mut events: Vec<serde_json::Value> =
        kinds.iter().map(|kind| line.event(kind, MEI, json!({ "x": { "y": [1, null] } }), false)).collect();
    let code = format!("TADORI {}", cafe.code);
    let changed = |path: &[&str], value: serde_json::Value| {
        let mut event = line.text_event(MEI, &code);
        let mut at = &mut event;
        for key in path {
            at = &mut at[*key];
        }
        *at = value;
        event
    };
    events.extend([
        changed(&["mode"], json!("standby")),
        changed(&["source", "type"], json!("group")),
        changed(&["source", "userId"], json!("taro")),
        changed(&["source"], json!(null)),
        changed(&["timestamp"], json!(i64::MAX)),
        changed(&["timestamp"], json!("now")),
        changed(&["webhookEventId"], json!(null)),
        changed(&["webhookEventId"], json!("x".repeat(500))),
        changed(&["message", "type"], json!("sticker")),
        changed(&["message", "text"], json!("こんにちは")),
        json!(7),
        json!({}),
    ]);
    let hook = line.webhook(&events);
    world.hook(&hook).await.is(200);
    world.settle().await;
    assert_eq!((world.check_ins_today().await, line.chat(MEI).len()), (0, 0));
    events.push(line.text_event(MEI, &code));
    events.push(line.text_event(MEI, "TADORI 4F7Q92XD"));
    let hook = line.webhook(&events);
    world.hook(&hook).await.is(200);
    world.settle().await;
    assert_eq!(world.check_ins_today().await, 1);
    assert!(line.chat(MEI).last().unwrap().text().contains("このQRコードでは登録できません"));
}

/// LINE away: the token runs out, and the answer is dropped, for pushing it would cost; the check-in holds.
#[tokio::test]
async fn an_answer_that_comes_too_late_is_dropped_and_the_check_in_holds() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let cafe = world.venue("喫茶", "restaurant", 40).await;
    let hook = world.line().text(MEI, &format!("TADORI {}", cafe.code));
    world.hook(&hook).await.is(200);
    world.line().fail(Fault { call: "reply".into(), times: 1, taken: false, status: 503, retry_after: None });
    assert_eq!(world.turn().await.failed, 1);
    world.clock.advance(10 * crate::world::SECOND);
    world.settle().await;
    assert_eq!(world.line().chat(MEI).len(), 1, "within the minute it goes again");

    let hook = world.line().text(MEI, &format!("TADORI {}", cafe.code));
    world.hook(&hook).await.is(200);
    world.clock.advance(2 * MINUTE);
    world.settle().await;
    assert_eq!((world.line().chat(MEI).len(), world.line().used()), (1, 0));
    assert_eq!((world.check_ins_today().await, world.count("line_reply").await), (2, 0));
    // A minute later, and at the end of their time, events' numbers are forgotten; rows end with their day.
    world.pass(DAY).await;
    assert_eq!(world.count("line_event").await, 0);
}
