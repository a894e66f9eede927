# Where Saitama's words differ from the engine's: there is no mail to visitors. U+200B marks where a phrase may break.

poster-step-2 = 開いた画面の{"\u200B"}「LINEで登録する」を{"\u200B"}押し、{"\u200B"}そのまま{"\u200B"}送信します。
poster-step-3 = LINEに{"\u200B"}「登録しました」と{"\u200B"}届いたら、{"\u200B"}おわりです。
poster-promise = お預かりするのはLINEの宛先だけです。{ $jurisdiction }が管理し、{ $span }後に消去します。
screen-lead = スマートフォンのカメラで読み取り、LINEで登録してください
faq-never = お知らせは、登録したLINEのトークに届きます。
privacy-protect-sealed = LINEの宛先は、登録と同時に、その日だけの鍵で暗号化します。公開用のサーバーには、開くための鍵を置きません。
privacy-protect-officers = 職員の画面にも、宛先は表示しません。送る作業は機械が行います。
privacy-protect-limits = 控え（バックアップ）は{ $days }日で捨てます。鍵がないため、控えの中の宛先も開けません。ただし、登録の場所と日時は、その間、控えの中に残ります。
