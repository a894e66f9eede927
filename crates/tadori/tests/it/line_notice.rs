//! Notices by LINE: one call for many, under a key that LINE knows again; what goes wrong, and who is told.

use domain::contact::Channel;
use domain::id::NoticeId;
use domain::notice::NoticeState;
use domain::venue::Venue;
use line_stand_in::Fault;

use crate::form::form;
use crate::line_check_in::{BOTH, MEI, SORA, by_line};
use crate::story::Officer;
use crate::world::{DAY, HOUR, MINUTE, World};

const MAIL: &str = "haruto@visitor.example";

fn account(n: u32) -> String {
    format!("Uc{n:031x}")
}

/// A place where mei and sora checked in by LINE and haruto by mail; a case was there; the notice is approved.
pub async fn approved(world: &mut World) -> (Officer, Venue, NoticeId) {
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    for account in [MEI, SORA] {
        world.check_in_by_line(account, &cafe).await;
    }
    world.check_in(&cafe, MAIL).await;
    let (officer, notice) = case_at(world, &cafe).await;
    world.approve(&officer, notice).await;
    (officer, cafe, notice)
}

async fn case_at(world: &mut World, venue: &Venue) -> (Officer, NoticeId) {
    let officer = world.officer("sato").await;
    world.enter(&officer, "本町-1", &[(venue, world.today())]).await;
    world.settle().await;
    let notice = world.proposed().await;
    (officer, notice)
}

fn fault(call: &str, times: u32, taken: bool, status: u16) -> Fault {
    Fault { call: call.to_owned(), times, taken, status, retry_after: None }
}

/// Notices in an account's chat.
pub fn notices(world: &World, account: &str) -> Vec<String> {
    let chat = world.line().chat(account);
    chat.iter().filter(|m| m.by != "reply").map(|m| m.text().to_owned()).collect()
}

/// Turns until nothing is left, where some of them fail.
async fn pass(world: &mut World, minutes: u32) {
    for _ in 0..minutes {
        world.clock.advance(MINUTE);
        world.turn().await;
        world.turn().await;
    }
}

/// STM-15 to STM-18, KNG-1, KNG-14, KNG-15: one call tells everyone on LINE, mail tells the others; place, day and
/// person stand in neither; the desk and the points do.
#[tokio::test]
async fn everyone_is_told_on_the_channel_that_they_chose() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (officer, _, notice) = approved(&mut world).await;
    assert!(notices(&world, MEI).is_empty(), "nothing before the hold is over");
    world.pass(11 * MINUTE).await;
    for account in [MEI, SORA] {
        let told = notices(&world, account);
        assert_eq!(told.len(), 1);
        assert!(
            told[0].contains("大阪府からの大切なお知らせ") && !told[0].contains("喫茶みなと"),
            "{}",
            told[0]
        );
        let lacks = domain::message::line::lacks(
            &world.pack.policy,
            &world.pack.wording,
            "ja",
            domain::notice::NoticeKind::Alert,
            &told[0],
        );
        assert!(lacks.is_empty(), "{lacks:?}");
        assert!(!told[0].contains("http") && !told[0].contains("メール"), "{}", told[0]);
    }
    assert_eq!(world.notices_to(MAIL).len(), 1);
    let calls = world.line().calls_of("multicast");
    assert_eq!((calls.len(), calls[0].accounts, world.line().used()), (1, 2, 2), "one call for both");
    assert!(calls[0].retry_key.is_some());
    let progress = world.office.channel_progress(notice).await.unwrap();
    let figures: Vec<_> = progress.iter().map(|one| (one.channel.as_str(), one.sent, one.failed)).collect();
    assert_eq!(figures, [("line", 2, 0), ("mail", 1, 0)]);
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    page.says("LINE").says("2通");
    world.pass(2 * DAY).await;
    assert_eq!((world.state(notice).await, notices(&world, MEI).len()), (NoticeState::Settled, 1));
}

/// One person on two channels is told on both, for nothing links them (REQUIREMENTS section 9, 12); on one channel
/// once, however often they were there.
#[tokio::test]
async fn who_registered_twice_on_one_channel_is_told_once() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    for _ in 0..3 {
        world.clock.advance(HOUR / 4);
        world.check_in_by_line(MEI, &cafe).await;
    }
    world.check_in(&cafe, MAIL).await;
    let (officer, notice) = case_at(&mut world, &cafe).await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    assert_eq!((notices(&world, MEI).len(), world.notices_to(MAIL).len()), (1, 1));
    assert_eq!(world.line().calls_of("push").len(), 1, "one account: a push");
}

/// LINE took the messages and its answer was lost: the same key again, 409, delivered; nobody reads it twice.
#[tokio::test]
async fn an_answer_that_was_lost_doubles_nothing() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = approved(&mut world).await;
    world.line().fail(fault("multicast", 1, true, 500));
    world.pass(11 * MINUTE).await;
    world.pass(2 * MINUTE).await;
    let calls = world.line().calls_of("multicast");
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), [500, 409]);
    assert_eq!(calls[0].retry_key, calls[1].retry_key);
    assert_eq!((notices(&world, MEI).len(), notices(&world, SORA).len()), (1, 1));
    let progress = world.office.progress(notice).await.unwrap();
    assert_eq!((progress.sent, progress.waiting), (3, 0));
}

/// A worker killed between the call and the record of it: the group and its key were committed before, and the
/// next worker goes on under the same key.
#[tokio::test]
async fn a_new_worker_sends_a_group_under_the_same_key() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, _) = approved(&mut world).await;
    world.line().fail(fault("multicast", 1, true, 500));
    world.pass(10 * MINUTE).await;
    let ring = world.stop_worker();
    world.clock.advance(HOUR);
    world.start_worker(ring);
    world.settle().await;
    let calls = world.line().calls_of("multicast");
    assert!(calls.len() == 2 && calls[0].retry_key == calls[1].retry_key, "{calls:?}");
    assert_eq!((notices(&world, MEI).len(), notices(&world, SORA).len()), (1, 1));
}

/// "Too many": left alone for as long as LINE says, no attempt counts, and mail goes on meanwhile.
#[tokio::test]
async fn too_many_is_honoured_and_mail_goes_on() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = approved(&mut world).await;
    let later = Fault { retry_after: Some(300), ..fault("multicast", 1, false, 429) };
    world.line().fail(later);
    pass(&mut world, 13).await;
    assert_eq!((world.line().calls_of("multicast").len(), notices(&world, MEI).len()), (1, 0));
    assert_eq!(world.notices_to(MAIL).len(), 1);
    pass(&mut world, 5).await;
    assert_eq!((world.line().calls_of("multicast").len(), notices(&world, MEI).len()), (2, 1));
    assert_eq!(world.office.progress(notice).await.unwrap().failed, 0);
}

/// The month's messages are spent: nothing is lost, and it goes when there are more.
#[tokio::test]
async fn a_spent_month_loses_nothing() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = approved(&mut world).await;
    world.line().set_quota(Some(100), 99);
    pass(&mut world, 60).await;
    assert_eq!((notices(&world, MEI).len(), world.notices_to(MAIL).len()), (0, 1));
    assert!(world.line().calls_of("multicast").len() <= 7, "not asked each minute");
    world.line().set_quota(Some(5_000), 99);
    pass(&mut world, 12).await;
    assert_eq!((notices(&world, MEI).len(), notices(&world, SORA).len()), (1, 1));
    assert_eq!(world.office.progress(notice).await.unwrap().failed, 0);
}

/// STM-13: who blocks between match and sending isn't written to, and counts as unreachable; who blocks unseen is
/// passed over by LINE in silence.
#[tokio::test]
async fn who_blocked_the_account_counts_as_unreachable() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (officer, _, notice) = approved(&mut world).await;
    let hook = world.line().block(MEI);
    world.hook(&hook).await.is(200);
    world.pass(11 * MINUTE).await;
    assert_eq!((notices(&world, MEI).len(), notices(&world, SORA).len()), (0, 1));
    let progress = world.office.channel_progress(notice).await.unwrap();
    let line = progress.iter().find(|one| one.channel == "line").unwrap();
    assert_eq!((line.sent, line.failed, line.blocked), (1, 1, 1));
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    page.says("ブロック").does_not_say(MEI);
    assert_eq!(world.line().used(), 1);
}

/// One account that LINE doesn't know keeps nobody else from being told: the group is taken apart.
#[tokio::test]
async fn a_group_that_is_refused_is_taken_apart() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = approved(&mut world).await;
    world.line().fail(fault("multicast", 1, false, 400));
    world.line().fail(fault("push", 2, false, 400));
    world.pass(11 * MINUTE).await;
    let told = |world: &World| notices(world, MEI).len() + notices(world, SORA).len();
    assert_eq!(told(&world), 0, "nobody is given up at once: it may be our own words");
    world.line().recover();
    // Now it is one of them alone.
    world.clock.advance(6 * MINUTE);
    world.line().fail(fault("push", 1, false, 400));
    world.settle().await;
    assert_eq!(told(&world), 1);
    world.line().fail(fault("push", 1, false, 400));
    world.pass(20 * MINUTE).await;
    world.pass(20 * MINUTE).await;
    let progress = world.office.progress(notice).await.unwrap();
    assert_eq!((told(&world), progress.sent, progress.failed), (1, 2, 1));
}

/// A wrong token is nobody's fault who waits: the channel rests, and nothing is given up.
#[tokio::test]
async fn a_wrong_token_gives_nobody_up() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = approved(&mut world).await;
    world.line().fail(fault("multicast", 999, false, 401));
    pass(&mut world, 30).await;
    let progress = world.office.progress(notice).await.unwrap();
    assert_eq!((progress.sent, progress.failed, progress.waiting), (1, 0, 2));
    world.line().recover();
    pass(&mut world, 30).await;
    assert_eq!(notices(&world, MEI).len(), 1);
}

/// The mail server is away: LINE goes on (issue 4, point 4).
#[tokio::test]
async fn line_goes_on_while_the_mail_server_is_away() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    approved(&mut world).await;
    world.clock.advance(10 * MINUTE);
    for _ in 0..10 {
        world.inbox.fail_next(1, deliver::inbox::Failure::Unreachable);
        world.turn().await;
        world.clock.advance(MINUTE / 6);
    }
    assert_eq!((notices(&world, MEI).len(), world.notices_to(MAIL).len()), (1, 0));
}

/// An officer stops LINE: its notices wait, mail goes out, the page offers mail, the ledger says who; put in use
/// again, nobody was forgotten (issue 4, point 4).
#[tokio::test]
async fn a_stopped_channel_loses_nobody() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (officer, cafe, notice) = approved(&mut world).await;
    let page = world.see(&officer, "/channels").await.is(200);
    page.says("LINE").says("メール");
    let stop = form(&[("channel", "line"), ("act", "stop"), ("reason_line", "県の指示により停止")]);
    world.act(&officer, "/channels", stop).await.leads_to();
    world.see(&officer, "/ledger").await.is(200).says("県の指示により停止");
    world.pass(HOUR).await;
    assert_eq!((notices(&world, MEI).len(), world.notices_to(MAIL).len()), (0, 1));
    let progress = world.office.progress(notice).await.unwrap();
    assert_eq!((progress.sent, progress.waiting), (1, 2));
    world.see(&officer, "/channels").await.is(200).says("停止中").says("2通");
    let path = format!("/v/{}", cafe.code);
    world.get(&path).await.is(200).says("LINEでの登録とお知らせを止めています").says("name=\"email\"");
    let rows = world.check_ins_today().await;
    world.send_code(&account(7), &cafe).await;
    assert_eq!(world.check_ins_today().await, rows, "nor is a code taken");

    let go = form(&[("channel", "line"), ("act", "resume"), ("reason_line", "再開")]);
    world.act(&officer, "/channels", go).await.leads_to();
    world.pass(MINUTE).await;
    assert_eq!((notices(&world, MEI).len(), notices(&world, SORA).len()), (1, 1));
    assert!(world.office.is_stopped(Channel::Line).await.is_ok_and(|stopped| !stopped));
    let nonsense = form(&[("channel", "fax"), ("act", "stop"), ("reason_fax", "x")]);
    world.act(&officer, "/channels", nonsense).await.is(422);
    let silent = form(&[("channel", "mail"), ("act", "stop"), ("reason_mail", "")]);
    world.act(&officer, "/channels", silent).await.is(422);
}

/// Mail can be stopped the same way, and LINE goes on.
#[tokio::test]
async fn mail_can_be_stopped_too() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (officer, _, _) = approved(&mut world).await;
    let stop = form(&[("channel", "mail"), ("act", "stop"), ("reason_mail", "中継先の障害")]);
    world.act(&officer, "/channels", stop).await.leads_to();
    world.pass(HOUR).await;
    assert_eq!((notices(&world, MEI).len(), world.notices_to(MAIL).len()), (1, 0));
    let go = form(&[("channel", "mail"), ("act", "resume"), ("reason_mail", "再開")]);
    world.act(&officer, "/channels", go).await.leads_to();
    world.pass(MINUTE).await;
    assert_eq!(world.notices_to(MAIL).len(), 1);
}

/// More than 500 are several calls of at most 500; everyone is told once.
#[tokio::test]
async fn more_than_a_call_holds_are_several_calls() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    let line = world.line().clone();
    for chunk in 0..12 {
        let events: Vec<_> = (0..50)
            .map(|n| line.text_event(&account(50 * chunk + n), &format!("TADORI {}", cafe.code)))
            .collect();
        let hook = line.webhook(&events);
        world.hook(&hook).await.is(200);
    }
    world.clock.advance(2 * MINUTE);
    world.settle().await;
    assert_eq!(world.check_ins_today().await, 600);
    let (officer, notice) = case_at(&mut world, &cafe).await;
    world.approve(&officer, notice).await;
    world.pass(11 * MINUTE).await;
    let calls = world.line().calls_of("multicast");
    assert!(calls.iter().all(|call| call.accounts <= 500) && calls.len() <= 8, "{}", calls.len());
    assert_eq!(calls.iter().map(|call| call.accounts).sum::<usize>(), 600);
    assert!((0..600).all(|n| notices(&world, &account(n)).len() == 1));
}

/// HYG-4, A8: in_message names place and day in the chat, as the system of 2020 did; none names neither; with
/// pull_page the chat has an address alone, behind which a button shows them, until the day is erased.
#[tokio::test]
async fn place_and_day_are_told_as_the_policy_has_it() {
    for (disclosure, in_chat, page) in
        [("in_message", true, false), ("none", false, false), ("pull_page", false, true)]
    {
        let channels = format!("{BOTH}\nline.detail_disclosure = \"{disclosure}\"");
        let mut world = World::with_pack(|files| {
            by_line(&channels, "")(files);
            let policy = files.get_mut("jurisdiction.toml").unwrap();
            *policy = policy.replace("naming_alert = \"none\"", "naming_alert = \"venue_and_date\"");
        })
        .await;
        approved(&mut world).await;
        world.pass(11 * MINUTE).await;
        let told = notices(&world, MEI).remove(0);
        assert_eq!(told.contains("喫茶みなと"), in_chat, "{told}");
        assert_eq!(told.contains("2026年11月22日"), in_chat, "{told}");
        assert!(world.notices_to(MAIL)[0].body.contains("喫茶みなと"), "the mail names it as ever");
        let link = told.lines().find_map(|line| line.strip_prefix(crate::world::BASE_URL)).map(str::to_owned);
        assert_eq!(link.is_some(), page, "{told}");
        let Some(path) = link else { continue };
        assert_eq!(notices(&world, SORA).remove(0), told, "one page for all who were there");
        let first = world.get(&path).await.is(200).does_not_say("喫茶みなと").says("表示する");
        assert_eq!(first.headers["x-robots-tag"], "noindex, nofollow, noarchive");
        world.post(&path, &form(&[])).await.is(200).says("喫茶みなと").says("2026年11月22日");
        let other = format!("{}0", &path[..path.len() - 1]);
        world.post(&other, &form(&[])).await.is(404).does_not_say("喫茶みなと");
        world.post("/n/x", &form(&[])).await.is(404);
        world.pass(70 * DAY).await;
        world.post(&path, &form(&[])).await.is(404).does_not_say("喫茶みなと");
        assert_eq!(world.count("notice_page").await, 0);
    }
}

/// E19, A8: who was at two places gets a mail for each that it names; a chat that names neither gets one message.
#[tokio::test]
async fn a_chat_that_names_nothing_gets_one_message() {
    for (disclosure, messages) in [("none", 1), ("in_message", 2), ("pull_page", 2)] {
        let channels = format!("{BOTH}\nline.detail_disclosure = \"{disclosure}\"");
        let mut world = World::with_pack(|files| {
            by_line(&channels, "")(files);
            let policy = files.get_mut("jurisdiction.toml").unwrap();
            *policy = policy.replace("naming_alert = \"none\"", "naming_alert = \"venue_and_date\"");
        })
        .await;
        let places =
            [world.venue("一号店", "restaurant", 40).await, world.venue("二号店", "restaurant", 40).await];
        for place in &places {
            world.clock.advance(MINUTE);
            world.check_in_by_line(MEI, place).await;
            world.check_in(place, MAIL).await;
        }
        let officer = world.officer("sato").await;
        let day = world.today();
        world.enter(&officer, "本町-1", &[(&places[0], day), (&places[1], day)]).await;
        world.settle().await;
        let notice = world.proposed().await;
        world.approve(&officer, notice).await;
        world.pass(11 * MINUTE).await;
        assert_eq!(notices(&world, MEI).len(), messages, "{disclosure}");
        assert_eq!(world.notices_to(MAIL).len(), 2);
    }
}

/// The officer sees the month's quota and what the notice would cost before it is released (issue 4, point 1).
#[tokio::test]
async fn quota_and_cost_are_shown_before_the_release() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    world.line().set_quota(Some(5_000), 4_998);
    world.clock.advance(15 * MINUTE);
    world.settle().await;
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    for account in [MEI, SORA, &account(1)] {
        world.check_in_by_line(account, &cafe).await;
    }
    let (officer, notice) = case_at(&mut world, &cafe).await;
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    // 4,798 of the month's 4,998 were beyond the 200 included; three more cost 9 yen.
    page.says("5,000").says("4,998").says("最大9円").says("残りの2通では足りません");
    world.see(&officer, "/channels").await.is(200).says("4,998").does_not_say("聞けていません");
    // LINE is away for an hour: what was heard last is shown as that.
    for call in ["quota", "consumption"] {
        world.line().fail(fault(call, 100, false, 503));
    }
    pass(&mut world, 60).await;
    world.see(&officer, "/channels").await.is(200).says("4,998").says("聞けていません");
}

/// The officer sees before the approval how many are reached by which channel, and how many by none (issue 4).
#[tokio::test]
async fn how_many_by_which_channel_is_shown_before_the_approval() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    for account in [MEI, SORA, &account(1)] {
        world.check_in_by_line(account, &cafe).await;
    }
    world.check_in(&cafe, MAIL).await;
    let hook = world.line().block(SORA);
    world.hook(&hook).await.is(200);
    let (officer, notice) = case_at(&mut world, &cafe).await;
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    page.says("LINE 2人")
        .says("メール 1人")
        .says("ブロック（届きません） 1人")
        .says("LINEで登録した2人に送る場合");
    let by = world.office.notice(notice).await.unwrap().unwrap().others_by;
    let by: Vec<_> = by.iter().map(|(way, people)| (way.as_str(), *people)).collect();
    assert_eq!(by, [("blocked", 1), ("line", 2), ("mail", 1)]);
}

/// LINE's answer was lost and nobody asked again for a day, after which LINE knows the key no longer: the group ends as
/// unknown, and nobody is told twice.
#[tokio::test]
async fn who_may_have_been_told_a_day_ago_is_not_told_again() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = approved(&mut world).await;
    world.line().fail(fault("multicast", 1, true, 500));
    world.pass(10 * MINUTE).await;
    let ring = world.stop_worker();
    world.clock.advance(25 * HOUR);
    world.start_worker(ring);
    world.settle().await;
    assert_eq!(world.line().calls_of("multicast").len(), 1, "not sent again");
    assert_eq!((notices(&world, MEI).len(), notices(&world, SORA).len()), (1, 1));
    let progress = world.office.channel_progress(notice).await.unwrap();
    let line = progress.iter().find(|one| one.channel == "line").unwrap();
    assert_eq!((line.sent, line.failed, line.unknown, line.waiting), (0, 2, 2, 0));
    let officer = world.officer("suzuki").await;
    let page = world.see(&officer, &format!("/notices/{notice}")).await.is(200);
    page.says("LINEの2通は、届いたかどうか分かりません");
}

/// What LINE surely never took is sent, however late.
#[tokio::test]
async fn what_was_never_taken_goes_a_day_later_too() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = approved(&mut world).await;
    world.line().set_quota(Some(0), 0);
    pass(&mut world, 11).await;
    assert_eq!(world.line().calls_of("multicast").len(), 1);
    let ring = world.stop_worker();
    world.clock.advance(25 * HOUR);
    world.line().set_quota(None, 0);
    world.start_worker(ring);
    world.pass(HOUR).await;
    assert_eq!((notices(&world, MEI).len(), notices(&world, SORA).len()), (1, 1));
    assert_eq!(world.office.progress(notice).await.unwrap().failed, 0);
}

/// A block and its end, delivered in another order than they happened: who follows again is told.
#[tokio::test]
async fn who_follows_again_is_told_in_whichever_order_line_says_so() {
    let mut world = World::with_pack(by_line(BOTH, "")).await;
    let (_, _, notice) = approved(&mut world).await;
    let blocked = world.line().block(MEI);
    world.clock.advance(MINUTE);
    let follows = world.line().follow(MEI);
    for hook in [follows, blocked] {
        world.hook(&hook).await.is(200);
    }
    world.pass(11 * MINUTE).await;
    assert_eq!((notices(&world, MEI).len(), notices(&world, SORA).len()), (1, 1));
    assert_eq!(world.office.progress(notice).await.unwrap().failed, 0);
}

/// What isn't heard of any more is forgotten with the days that it was about.
#[tokio::test]
async fn marks_end_with_what_they_were_about() {
    let mut world = World::with_pack(by_line(BOTH, "consent = \"button_first_scan\"")).await;
    let cafe = world.venue("喫茶みなと", "restaurant", 40).await;
    world.check_in_by_line(MEI, &cafe).await;
    world.pass(30 * DAY).await;
    world.check_in_by_line(SORA, &cafe).await;
    assert_eq!(world.count("line_friend").await, 2);
    world.pass(40 * DAY).await;
    assert_eq!(world.count("line_friend").await, 1);
}
