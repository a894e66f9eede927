//! Venues brought in as a table (C9): UTF-8 and Shift_JIS, all or nothing, and once.

use axum::http::{Method, header};

use crate::page::Page;
use crate::story::Officer;
use crate::world::{Ask, World};

const HEADER: &str = "登録するもの,施設・店舗・イベントの名称,業種,座席数,床面積（平方メートル）,参加予定の人数,郵便番号,所在地,始まりの日,終わりの日,担当者のお名前,担当者のメールアドレス,電話番号";

/// Three good lines: a shop, a hall by its category's word, an event.
const LINES: [&str; 3] = [
    "店舗,髙﨑食堂,飲食店・喫茶店・居酒屋,４０,,,540-0000,大阪市中央区見本町1,,,髙橋 一,a@shop.example,06-0000-0000",
    "facility,市民会館①,assembly,,\"1,200\",,5400001,大阪市見本町2,,,市民課,b@city.example,06-0000-0001",
    "屋内のイベント,見本市,event,,,150,5400002,大阪市見本町3,2026/11/22,2026-11-23,主催者,c@host.example,06-0000-0002",
];

fn table(lines: &[&str]) -> String {
    format!("{HEADER}\r\n{}\r\n", lines.join("\r\n"))
}

impl World {
    async fn importing() -> (Self, Officer) {
        let world = Self::new().await;
        let officer = world.officer("sato").await;
        (world, officer)
    }

    /// An officer's browser sends a file.
    async fn bring(&self, officer: &Officer, file: &[u8], encoding: &str) -> Page {
        let nonce = self.see(officer, "/venues/import").await.is(200).nonce();
        self.bring_with(officer, file, encoding, &nonce).await
    }

    async fn bring_with(&self, officer: &Officer, file: &[u8], encoding: &str, nonce: &str) -> Page {
        let mut body = Vec::new();
        for (name, value) in [("nonce", nonce), ("encoding", encoding)] {
            let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"venues.csv\"\r\n\
                    Content-Type: text/csv\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let ask = Ask { method: Method::POST, path: "/venues/import", headers: Vec::new(), body };
        let ask = ask.with(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        self.ask_console(ask.with(header::COOKIE, &officer.cookie)).await
    }
}

/// C9, KYF-6: every line becomes a venue whose code works, and its operator is mailed the link; the same file again, its
/// lines twice, or the same lines in the other characters register nothing more.
#[tokio::test]
async fn a_table_is_imported_once_in_either_encoding() {
    let (mut world, officer) = World::importing().await;
    let text = table(&[LINES[0], LINES[1], LINES[0], ",,,,,,,,,,,,", LINES[2]]);
    let (shift_jis, _, wrong) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!wrong);
    let page = world.bring(&officer, &shift_jis, "auto").await;
    let done = page.leads_to().to_owned();
    assert_eq!(done, "/venues/import?new=3&known=0&twice=1");
    world.see(&officer, &done).await.is(200).says("3件の施設を登録しました").says("重なった 1行");
    assert_eq!(world.count("venue").await, 3);
    let venues = world.intake.find_venues("", 9).await.unwrap();
    for venue in &venues {
        world.get(&format!("/v/{}", venue.code)).await.is(200).says(venue.name.as_str());
    }
    let hall = venues.iter().find(|venue| venue.name.as_str() == "市民会館①").expect("it is there");
    assert_eq!((hall.size.unwrap().value, &*hall.postal_code), (1200, "5400001"));

    world.settle().await;
    let mails = world.mails_to("b@city.example");
    assert_eq!((mails.len(), mails[0].attachments.len(), world.inbox.messages().len()), (1, 0, 3));
    assert!(mails[0].body.contains("下のページからダウンロード"), "{}", mails[0].body);
    let link =
        mails[0].body.lines().find_map(|line| line.trim().strip_prefix(crate::world::BASE_URL)).unwrap();
    let own = world.get(link).await.is(200).says("市民会館①");
    let poster = own.addresses().into_iter().find(|address| address.contains("poster.pdf")).unwrap();
    assert!(world.get(&poster).await.is(200).bytes.starts_with(b"%PDF-"));

    let with_bom = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for (file, encoding) in [(&*shift_jis, "shift_jis"), (&with_bom, "utf-8"), (text.as_bytes(), "auto")] {
        let page = world.bring(&officer, file, encoding).await;
        assert_eq!(page.leads_to(), "/venues/import?new=0&known=3&twice=1");
    }
    world.settle().await;
    assert_eq!((world.count("venue").await, world.inbox.messages().len()), (3, 3));
    let acts = world.office.ledger(None, 20).await.unwrap();
    assert!(acts.iter().any(|entry| entry.act == "venues_imported" && entry.actor == "sato"));
}

/// One bad line, and nothing is imported; every bad line is named with its number, column and reason, and no
/// page shows what stood in it.
#[tokio::test]
async fn one_bad_line_and_nothing_is_imported() {
    let (world, officer) = World::importing().await;
    let bad = [
        "店舗,=cmd(),飲食店・喫茶店・居酒屋,40,,,5400000,大阪市,,,髙橋,x1@shop.example,06-0000-0000",
        "城,城,飲食店・喫茶店・居酒屋,40,,,5400000,大阪市,,,髙橋,x2@shop.example,06-0000-0000",
        "店舗,見本食堂,飲食店,40,,,5400000,大阪市,,,髙橋,x3@shop.example,06-0000-0000",
        "店舗,見本食堂,restaurant,,40,,5400000,大阪市,,,髙橋,x4@shop.example,06-0000-0000",
        "店舗,🍣,restaurant,40,,,540,大阪市,,,髙橋,x5.shop.example,110",
        "屋内のイベント,見本市,event,,,150,5400002,大阪市,2026/11/01,2026/11/02,主催,x6@host.example,06-0000-0002",
        "店舗,見本食堂,restaurant,40,,,5400000,大阪市,,,髙橋,x7@shop.example,06-0000-0000,余り",
    ];
    let text = table(&[LINES[0], bad[0], bad[1], bad[2], bad[3], bad[4], bad[5], bad[6], "", "", LINES[1]]);
    let text = format!("{text}城\n");
    let page = world.bring(&officer, text.as_bytes(), "auto").await.is(422).says("1件も登録していません");
    let rows = page.text().replace(" class=\"n\"", "").replace(" scope=\"row\"", "");
    for (line, column) in [
        (3, "施設・店舗・イベントの名称"),
        (4, "登録するもの"),
        (5, "業種"),
        (6, "座席数"),
        (7, "施設・店舗・イベントの名称"),
        (7, "郵便番号"),
        (7, "担当者のメールアドレス"),
        (7, "電話番号"),
        (8, "終わりの日"),
        (9, "行全体"),
        (13, "登録するもの"),
    ] {
        assert!(rows.contains(&format!("<td>{line}</td><th>{column}</th>")), "{line} {column}:\n{rows}");
    }
    assert!(!rows.contains("<td>2</td>") && !rows.contains("<td>12</td>"), "good lines are not named");
    assert!(!page.text().contains("shop.example") && !page.text().contains("髙橋"));
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (0, 0));
    let acts = world.office.ledger(None, 20).await.unwrap();
    assert!(!acts.iter().any(|entry| entry.act == "venues_imported"));
}

/// A table that is none: headers that nobody knows, that are missing or twice; no line; too many; too large;
/// characters that can't be read; a form of another session.
#[tokio::test]
async fn what_is_no_table_is_refused_with_its_reason() {
    let (world, officer) = World::importing().await;
    let header = |from: &str, to: &str| table(&LINES).replacen(from, to, 1);
    for (text, said) in [
        (header("座席数", "席"), "この見出しの項目はありません"),
        (header("座席数", "業種"), "同じ見出しが2つ"),
        (header("担当者のメールアドレス", ""), "この見出しの項目が必要です"),
        (table(&[]), "1件も入っていません"),
        (String::from("\r\n"), "1件も入っていません"),
        (String::new(), "ファイルを選んでください"),
        (table(&[LINES[0]; 20_001]), "20000行まで"),
    ] {
        world.bring(&officer, text.as_bytes(), "auto").await.is(422).says(said);
    }
    for (file, encoding) in [(&b"\xff\xfe\x0a"[..], "auto"), (b"\x83\x41", "utf-8")] {
        world.bring(&officer, file, encoding).await.is(422).says("文字コード");
    }
    let large = vec![b'a'; 5 * 1024 * 1024 + 1];
    world.bring(&officer, &large, "auto").await.is(413).says("5MBまで");
    let larger = vec![b'a'; 6 * 1024 * 1024];
    world.bring(&officer, &larger, "auto").await.is(413).says("5MBまで");
    world.bring_with(&officer, table(&LINES).as_bytes(), "auto", "AAAA").await.is(422).says("もう一度操作");
    assert_eq!(world.count("venue").await, 0);
}

/// The template that is offered has the pack's columns, and a table made from it is taken; columns may stand
/// in any order and bear the words of the form.
#[tokio::test]
async fn the_template_is_what_is_read() {
    let (world, officer) = World::importing().await;
    let utf8 = world.see(&officer, "/venues/import/template.csv").await.is(200);
    assert_eq!(utf8.bytes, [b"\xef\xbb\xbf", HEADER.as_bytes(), b"\r\n"].concat());
    let other = world.see(&officer, "/venues/import/template.csv?encoding=shift_jis").await.is(200);
    let filled = [&other.bytes, &*encoding_rs::SHIFT_JIS.encode(LINES[0]).0].concat();
    world.bring(&officer, &filled, "auto").await.leads_to();
    let words = "email,name,kind,category,seats,phone,contact_name,address,postal_code\n\
                 d@shop.example,四号店,A shop or restaurant,restaurant,30,06-0000-0004,四,大阪市4,5400004\n";
    world.bring(&officer, words.as_bytes(), "auto").await.leads_to();
    assert_eq!(world.count("venue").await, 2);
}

/// C9: where the pack has no tables brought in, nobody is offered to.
#[tokio::test]
async fn a_pack_without_tables_takes_none() {
    let world = World::with_pack(|files| {
        let policy = files.get_mut("jurisdiction.toml").unwrap();
        *policy = policy.replace("bulk_import = true\n", "");
    })
    .await;
    let officer = world.officer("sato").await;
    world.see(&officer, "/venues").await.is(200).does_not_say("/venues/import");
    for path in ["/venues/import", "/venues/import/template.csv"] {
        world.see(&officer, path).await.is(404);
    }
    let nonce = world.see(&officer, "/venues").await.is(200).nonce();
    world.bring_with(&officer, table(&LINES).as_bytes(), "auto", &nonce).await.is(404);
    assert_eq!(world.count("venue").await, 0);
}

/// A million lines are refused with one sentence, whatever stands in them, before the first is registered; a table
/// of empty lines is one of no venue.
#[tokio::test]
async fn a_million_lines_are_refused_with_one_sentence() {
    let (world, officer) = World::importing().await;
    let long = format!("{HEADER}\n{}", "a,b\n".repeat(1_000_000));
    let page = world.bring(&officer, long.as_bytes(), "auto").await.is(422).says("20000行まで");
    assert!(page.says("1か所に誤り").text().len() < 30_000, "of a million mistakes one is said");
    let good = format!("{HEADER}\n{}", format!("{}\n", LINES[0]).repeat(20_001));
    world.bring(&officer, good.as_bytes(), "auto").await.is(422).says("20000行まで");
    let empty = format!("{HEADER}\n{}", ",\n\n".repeat(1_000_000));
    world.bring(&officer, empty.as_bytes(), "auto").await.is(422).says("1件も入っていません");
    let wide = format!("{HEADER}\n{}", ",".repeat(4_000_000));
    world.bring(&officer, wide.as_bytes(), "auto").await.is(422).says("1件も入っていません");
    let open = format!("{HEADER}\n\"{}", "店舗,\n".repeat(400_000));
    world.bring(&officer, open.as_bytes(), "auto").await.is(422).says("か所に誤り");
    let all_bad = format!("{HEADER}\n{}", "店舗\n".repeat(1_000));
    let page = world.bring(&officer, all_bad.as_bytes(), "auto").await.is(422);
    assert!(page.text().len() < 100_000, "of all mistakes the first are said, and the rest counted");
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (0, 0));
}

/// What begins like a formula is refused in every column that is text, as a spreadsheet would run it in whatever
/// is exported later.
#[tokio::test]
async fn formulas_are_refused_in_every_column() {
    let (world, officer) = World::importing().await;
    for formula in ["=cmd|' /C calc'!A0", "=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1"] {
        for column in [1, 7, 10] {
            let mut cells: Vec<String> = LINES[0].split(',').map(str::to_owned).collect();
            cells[column] = format!("\"{formula}\"");
            let page = world.bring(&officer, table(&[&cells.join(",")]).as_bytes(), "auto").await;
            let page = page.is(422).says("1件も登録していません");
            assert!(!page.text().contains("cmd"), "{formula}");
        }
    }
    assert_eq!(world.count("venue").await, 0);
}

/// Characters that are neither UTF-8 nor Shift_JIS, or are called what they aren't.
#[tokio::test]
async fn other_encodings_are_refused() {
    let (world, officer) = World::importing().await;
    let text = table(&LINES);
    let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let mark = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    let shift_jis = encoding_rs::SHIFT_JIS.encode(&text).0.into_owned();
    for (file, encoding) in [
        (mark(b"\xff\xfe", utf16(u16::to_le_bytes)), "auto"),
        (mark(b"\xfe\xff", utf16(u16::to_be_bytes)), "auto"),
        (utf16(u16::to_le_bytes), "auto"),
        (encoding_rs::EUC_JP.encode(&text).0.into_owned(), "auto"),
        (encoding_rs::ISO_2022_JP.encode(&text).0.into_owned(), "auto"),
        (shift_jis.clone(), "utf-8"),
        (text.clone().into_bytes(), "shift_jis"),
        (mark(&shift_jis, text.clone().into_bytes()), "auto"),
        (mark(b"PK\x03\x04", vec![0; 100]), "auto"),
    ] {
        let page = world.bring(&officer, &file, encoding).await.is(422);
        assert!(page.text().contains("文字コード") || page.text().contains("見出し"), "{}", page.main());
    }
    assert_eq!((world.count("venue").await, world.count("operator_mail").await), (0, 0));
}
