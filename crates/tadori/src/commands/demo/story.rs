//! The way through the demo: what to try, in order, as the pack has it.

use domain::policy::Way;
use serde::Serialize;

use crate::commands::demo::line::CHATS;
use crate::commands::demo::pages::Demo;

/// One step of the way.
#[derive(Serialize)]
pub struct Step {
    pub href: String,
    pub title: &'static str,
    pub why: &'static str,
    #[serde(skip)]
    pub english: &'static str,
}

/// The addresses to try, in order.
pub fn steps(demo: &Demo) -> Vec<Step> {
    let (number, key, code) =
        demo.venues.first().map_or(("", "", ""), |venue| (&venue.number, &venue.key, &venue.code));
    let step = |href: String, title, why, english| Step { href, title, why, english };
    let channels = &demo.pack.policy.channels;
    let (by_line, by_mail) = (channels.has(Way::Line), channels.mails());
    let mut steps = vec![
        step(
            format!("/venues/{number}/poster.pdf?key={key}"),
            "お店のポスター",
            "事業者が登録すると、このポスターがメールで届きます。/venues/new から登録もできます。",
            "The poster that an operator gets (or register one of your own at /venues/new).",
        ),
        match by_line {
            false => step(
                format!("/v/{code}"),
                "利用者の登録",
                "ポスターのQRコードを読み取ると開く画面です。メールアドレスを入れてください。例：you@mail.example",
                "What a visitor's phone opens: type an address, for example you@mail.example.",
            ),
            true => step(
                format!("/v/{code}"),
                "利用者の登録",
                "ポスターのQRコードを読み取ると開く画面です。「LINEで登録する」を押して、だれのスマートフォンかを選び、入力されている文を送ってください。",
                "What a visitor's phone opens: press \"by LINE\", choose whose phone it is, and send what is filled in.",
            ),
        },
    ];
    if channels.has(Way::AppPwa) {
        steps.push(step(
            "/app".into(),
            "アプリ",
            "アドレスを一度入れ、ポスターの写真を読み取るか、一覧から選びます。端末の通知は、ブラウザーの会社のサービスが要るので、デモにはありません。",
            "The app: type an address once, then read a photo of the poster, or choose from the list. No notifications here: they need a browser maker's push service.",
        ));
    }
    if by_line {
        steps.push(step(
            CHATS.into(),
            "LINEの代わり",
            "利用者のトーク画面です。登録への返事と、あとで届くお知らせを読めます。本物のLINEではありません。",
            "The chats of the demo's people: answers, and later the notice. It stands for LINE and is not LINE.",
        ));
    }
    if by_mail {
        steps.push(step(
            "/demo/inbox".into(),
            "受信箱",
            "デモが送ったメールを、すべて読めます。",
            "Every message that the demo sends.",
        ));
    }
    steps.push(step(
        format!("{}/sign-in", demo.console_url),
        "職員の画面",
        "陽性者を入力し、お知らせ案を確かめて、承認します。10分の保留のあいだは停止できます。",
        "The health officer's console: enter a case with a venue and a day, approve the notice.",
    ));
    steps.push(match by_line {
        false => step(
            "/demo/clock".into(),
            "時計",
            "10分進めるとお知らせが届き、2か月進めると、その日の記録が消えます。",
            "Push the clock: ten minutes for the hold, two months until the days are erased (/erasures).",
        ),
        true => step(
            "/demo/clock".into(),
            "時計",
            "10分進めるとお知らせがトーク画面に届き、2か月進めると、その日の記録が消えます。",
            "Push the clock: ten minutes until the notice is in the chats, two months until the days are erased (/erasures).",
        ),
    });
    steps
}
