# Pages about LINE: the button on the check-in page, and the page that a notice leads to.

line-heading = Check in with LINE
line-button = Check in with LINE
line-how-consent = LINE opens with a code filled in. Send it as it is, then press "Agree and register" in the message that arrives.
line-how = LINE opens with a code filled in. Send it as it is. A LINE message tells you that you are registered.
line-join-before = If this is your first time, please add { $account } as a friend first.
line-join-at_first_scan = If you have not added the account yet, you will be asked to at your first check-in. Nothing needs to be done before.
line-join-either = You may add the account now, with your check-in, or beforehand.
line-join-link = Add as a friend
line-blocked = If you have blocked { $account }, notices do not reach you. Please unblock it.
line-kept = All we keep is the number that LINE gives your account for us. We do not fetch your name, picture or status message.
line-or-mail = Check in with an e-mail address
line-both = Whoever registers both by LINE and by mail is told on both: we hold nothing by which we could know that it is the same person.
line-stopped = Check-ins and notices by LINE are stopped at the moment.
line-stopped-alone = Until they are resumed, nobody can check in. Please try again later. Whoever has checked in already is told when they are resumed.
promise-line-page = A message by LINE says neither the place nor the date: you read them on a page that you open from it.

notice-page-title = Place and date of your notice
notice-page-heading = Place and date of your notice
notice-page-explain = Here you can read the place and the date that the notice sent to you by LINE is about.
notice-page-open = Show
notice-page-ends = This page is erased together with the records of the day that it is about.
notice-page-place = Place
notice-page-days = Date of use
notice-page-read-message = The LINE message says what we ask of you. Please do not write about the place on social networks.
notice-page-gone-heading = There is no such page
notice-page-gone = Its retention has ended and it was erased, or the address is wrong.

visitors-2-body-both = Or press "Check in with LINE" and send what is filled in, as it is.
visitors-2-body-line = On the page that opens, press "Check in with LINE" and send what is filled in, as it is. The first time you are asked to add the account and to agree.
visitors-3-body-line = With LINE you are done when the message "Your check-in is registered" arrives.
visitors-line-heading = About LINE
visitors-line = Whoever checked in with LINE is told in the same chat. We do not fetch your LINE name or picture.
visitors-line-blocked = If you have blocked the account, notices do not reach you. Please unblock it.
visitors-messages-heading = Messages that we send

portal-lead-day-line = Where you go, read the QR code and check in. When people who were there on the same day { $when }, { $name } tells you the way you checked in.
portal-lead-time_band-line = Where you go, read the QR code and check in. When people who were there in the same hours { $when }, { $name } tells you the way you checked in.
flow-3-body-line = You check in on the page that opens.
flow-4-body-day-line = If people there on the same day { $when }, a notice comes.
flow-4-body-time_band-line = If people there in the same hours { $when }, a notice comes.
