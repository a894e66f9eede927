# Every word visitors and operators read in English. Same keys and placeholders as ja.ftl: a test compares them.

## Common

skip-to-main = Skip to main content
language = 言語 / Language
demo-note = This is a demonstration. It is not in use.
nav-visitors = For visitors
nav-operators = For shops, facilities and events
nav-faq = Questions and answers
nav-thresholds = When notices are sent
nav-privacy = Your data
nav-erasures = Record of erasures
nav-report = Report a positive test
desk-phone = Phone
desk-hours = {" "}({ $hours })
trademark = “QR Code” is a registered trademark of DENSO WAVE INCORPORATED.
updated-on = Last updated { $day }
required = required
choose = Please choose
list-joint = {", "}
people = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
nothing-stored = Nothing was registered on this page.

## Errors in forms

error-title-prefix = Error:{" "}
error-summary = { $count ->
    [one] Please check { $count } thing
   *[other] Please check { $count } things
}
error-status = Status
error-email-missing = Enter your email address.
error-email-malformed = The email address does not look right. Check what stands before and after the “@”.
error-email-too-long = The email address is too long.
error-too-many-addresses = At most { $most } email addresses can be given. Leave some out and send again.
error-form-expired = The form had been open for too long and was not accepted. Please send it once more.
error-field-missing = Enter: { $field }.
error-choice-missing = Choose: { $field }.
error-too-long = { $field }: at most { $limit } characters.
error-number = { $field }: digits only.
error-phone = Enter the phone number in digits, with the area code.
error-postal-code = Enter the postal code as 7 digits.
error-date = { $field }: check year, month and day.
error-date-future = { $field } cannot be in the future.
error-date-order = The last day must not be before the first.
error-date-too-old = { $field } is too long ago.
error-time = { $field }: please write it like 18:30.
error-visit-future = A visit that is still to come cannot be registered.
error-visit-not-today = Only a visit of today can be registered.
error-visit-too-old = Only visits of today and of the last { $days } days can be registered.
error-visit-not-held = The event was not held on that day.
error-visit-not-taken = Registration for that day is closed.
error-agreement = Registration needs your agreement.
error-code = The code is wrong or has expired. Check the code your public health centre gave you.
error-code-missing = Enter the code.

error-not-found-title = Page not found
error-not-found = The address is wrong, or the page is gone.
error-method-title = This cannot be done here
error-method = Please start again from the first page.
error-too-large-title = Too much was sent
error-too-large = Shorten what you entered and try again.
error-too-many-title = Please wait a little
error-too-many = Many requests came in a short time. Please wait and try again.
error-timeout-title = This took too long
error-timeout = It took too long and was stopped. Please try again.
error-internal-title = Something went wrong
error-internal = The fault is ours and has been recorded. Please try again later.
error-way-home = To the first page

## Names of fields

field-email = Email address
field-visited_on = Day of your visit
field-visited_at = Time when it began
field-kind = What do you register?
field-kind-facility = A facility
field-kind-shop = A shop or restaurant
field-kind-event_indoor = An indoor event
field-kind-event_outdoor = An outdoor event
field-name = Name of the place or event
field-name-hint = Visitors will see it. Include the branch.
field-room = Room or area
field-room-hint = Only if you register each room.
field-category = Type of business
field-category-hint = Choose the nearest one.
field-category-hint-threshold = Choose the nearest one. It decides when notices are sent.
field-seats = Number of seats
field-seats-hint = For types judged by seats
field-floor_m2 = Floor area (m²)
field-floor_m2-hint = For types judged by area. Count the area open to visitors.
field-participants = Expected number of people
field-participants-hint = For events, performers and staff included
field-daily_users = Visitors a day
field-daily_users-hint = Roughly
field-contact_name = Name of the person in charge
field-phone = Phone number
field-phone-hint = A number that answers in the daytime
field-operator-email = Email address of the person in charge
field-operator-email-hint = We send the confirmation and the link to your poster. It is not published.
field-postal_code = Postal code
field-postal_code-hint = 7 digits
field-address = Address
field-address-hint = From the city down to building and floor
field-starts_on = First day
field-ends_on = Last day
field-event-period-hint = For events

## Promises, made from the policy

span-months = { $count ->
    [one] { $count } month
   *[other] { $count } months
}
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
item-email = email address
item-line = LINE contact
item-push = notification address
item-name = name
item-address = home address
item-phone = phone number
item-gps = location
item-visit_at = date and time of the visit
when-threshold = are found infected and the threshold is reached
when-any_positive = are found infected
when-officer_judgement = are found infected and we judge a notice to be needed
promise-use-day = We send a notice, for example, when people at the same place on the same day { $when }. We use your address for nothing else.
promise-use-time_band = We send a notice, for example, when people at the same place in the same hours { $when }. We use your address for nothing else.
promise-erased = Erased { $span } after registration.
promise-collects = We collect only this: { $items }, with the place and the time of registration.
promise-never = Never collected: { $items }.
promise-no-other-use = We use them for nothing else.
purpose-notice = We use them to send you a notice.
purpose-confirmation = We use them to confirm your registration.
purpose-statistics = We count registrations, without any address.
promise-alert-threshold-day = A notice is sent when people found infected used the same place on the same day as you, and their number reaches the threshold.
promise-alert-threshold-time_band = A notice is sent when people found infected used the same place in the same hours as you, and their number reaches the threshold.
promise-alert-any_positive-day = A notice is sent when a person found infected used the same place on the same day as you.
promise-alert-any_positive-time_band = A notice is sent when a person found infected used the same place in the same hours as you.
promise-alert-officer_judgement-day = A notice is sent when a person found infected used the same place on the same day as you, and we judge a notice to be needed.
promise-alert-officer_judgement-time_band = A notice is sent when a person found infected used the same place in the same hours as you, and we judge a notice to be needed.
promise-cluster = It is also sent when there is a cluster of infections, or a fear of one, at a place you used.
promise-alert-names-none = A notice about infected people does not say the place, the time, or anything about the people.
promise-alert-names-date = A notice about infected people says only the date: not the place, and nothing about the people.
promise-alert-names-venue_and_date = A notice about infected people says the place and the date, and nothing about the people.
promise-alert-names-with_consent = A notice about infected people says the place and the date only if the place has agreed, and nothing about the people.
promise-cluster-names-none = A notice about a cluster does not say the place or the time either.
promise-cluster-names-if_published = A notice about a cluster says the place and the time only if they have been published.
promise-cluster-names-always = A notice about a cluster says the place and the time.
promise-cluster-names-with_consent = A notice about a cluster says the place and the date only if the place has agreed.
promise-publication = We may publish the name of a place where that is judged necessary to hold back infection.
promise-not-infected = A notice does not mean that you are infected. Nobody knows how near you were.
promise-no-answers = We cannot answer questions about who was infected.

notice-heading = About notices
data-heading = Your data

## Check-in

check-in-title = Check in
check-in-place = You are at
check-in-heading = Register your visit
check-in-email-hint = We send a confirmation from { $domain }.
check-in-email-hint-none = Used only to send you a notice.
check-in-visited-hint = This is the present moment. If you were here at another time today, change it.
check-in-visited-hint-days = This is the present moment. Change it if you were here at another time, up to { $days } days ago.
check-in-submit = Register
check-in-suggestion = Did you mean this address?
check-in-suggestion-use = Register with this address
check-in-suggestion-keep = Register as I typed it
check-in-typed = You typed:
check-in-after-heading = After you register
check-in-after = A confirmation comes from { $domain } by itself. If it does not come, the registration may have failed. Please register again.
check-in-after-none = The page tells you that you are registered. No mail is sent to confirm it.
check-in-unit-visit = Please register each time you visit, several times a day if need be.
check-in-unit-day = Please register once a day at each place.

thanks-title = Registered
thanks-heading = You are registered
thanks-mail-heading = Please wait for our mail
thanks-mail = We send a confirmation from { $domain } to the address you gave. When it arrives, all is done.
thanks-mail-once = For one place, one confirmation a day is sent.
thanks-done = You are registered, and all is done. No mail is sent to confirm it.
thanks-no-mail-heading = If it does not come within minutes
thanks-no-mail-spam = Look in the folder for unwanted mail.
thanks-no-mail-filter = If you filter mail, let mail from { $domain } through.
thanks-no-mail-typo = The address may have been mistyped. Check your settings, then register again.
thanks-again = Register again
thanks-next-heading = What comes next
thanks-next-each-time = Please register each time you visit.
thanks-next-once-a-day = You need not register again at this place today. Please register again when you visit on another day.
thanks-next-positive = If you are found infected later, please tell us.

unknown-code-title = This QR code cannot be used
unknown-code-heading = This QR code cannot be used
unknown-code-body = The code is not registered, or is no longer in use.
unknown-code-again = Read it once more, with the whole code on your screen.
unknown-code-staff = If you see this page again, please tell the staff.

unavailable-title = Not registered
unavailable-heading = You could not be registered
unavailable-body = We cannot accept registrations at the moment. Nothing you entered was stored.
unavailable-retry = { $count ->
    [one] Please try again in about { $count } minute.
   *[other] Please try again in about { $count } minutes.
}
unavailable-again = Try again

## Report

report-title = Report a positive test
report-heading = If you were found infected
report-lead = If you checked in and were later found infected, please tell us. People who used the same places can then be told early.
report-names-none = The notice says nothing about you, the place, or the time.
report-names-date = The notice says only the date: nothing about you or the place.
report-names-venue_and_date = The notice says the place and the date, and nothing about you.
report-names-with_consent = The notice says the place and the date only if the place has agreed, and nothing about you.
report-choice = Reporting is your choice.
report-need = You need the code from your public health centre.
report-code = Code
report-code-hint = Letters and digits from the public health centre. It works once.
report-emails = Email addresses you registered with
report-emails-hint = Enter every address you used to check in. There is room for 3.
report-email-nth = Email address number { $nth }
report-symptoms = Do you have symptoms?
report-symptoms-yes = Yes, or I had
report-symptoms-no = No
report-onset = First day of symptoms
report-onset-hint-symptoms = If you have symptoms: the day on which fever, cough or the like began.
report-onset-hint-rash = If you have symptoms: the day on which the rash appeared.
report-sampled = Day of the test
report-sampled-hint = If you have no symptoms: the day on which the sample was taken.
report-positive = Day of the positive result
report-submit = Send the report
report-after-heading = What happens then
report-after = We check the report against what the public health centre knows. An officer decides by the published thresholds whether a notice is needed.
report-erased = Your report is erased after { $span }.
report-paused-heading = The form is paused
report-paused = { $count ->
    [one] Too many wrong codes were entered. Please try again in about { $count } minute.
   *[other] Too many wrong codes were entered. Please try again in about { $count } minutes.
}
report-paused-desk = If you need help:
report-thanks-title = Report received
report-thanks-heading = We have received your report
report-thanks-body = Thank you. Please take good care of yourself.
report-thanks-no-mail = No mail is sent about this report.
report-thanks-close = You can close this page.

## Operators

operator-new-title = Register a place or event
operator-new-heading = Register a place or event
operator-new-lead = You get a QR code to post right away. It is free of charge.
operator-new-one-each = If you have several places, register each of them.
operator-new-room = In a large facility, you can add a QR code for each room or floor on the page that follows: fewer people are then told without need.
operator-new-data = It takes about 5 minutes.
operator-section-kind = What do you register?
operator-section-venue = The place or event
operator-section-size = Size
operator-section-contact = Person in charge
operator-section-period = Days of the event
operator-size-note = Fill in only what your type of business is judged by.
operator-agree-heading = Before you register
operator-agree-post = The QR code is posted only inside the place registered.
operator-agree-true = If something changes, the place is registered anew.
operator-agree-mail = Mail from { $domain } can reach you.
operator-naming = I agree that notices say the name of this place and the date of use
operator-naming-optional = You are free to agree. If you don't, notices say neither name nor date.
operator-naming-required = Notices say them, for example when an infected person is found to have used the place. You must agree to register.
error-naming = To register, you must agree that notices say the name and the date of use.
operator-agree = I agree to the above
operator-new-submit = Register

operator-registered-title = Your registration
operator-registered-heading = Registered
operator-registered-mail = We sent the address of this page from { $domain } to the person in charge.
operator-manage-heading = Your registration and QR code
operator-number = Registration number
operator-name = Name
operator-print-heading = Get your QR code
operator-poster = Open the poster (PDF)
operator-screen = Show it on a tablet
operator-png = QR code as an image (PNG)
operator-svg = QR code as an image (SVG)
operator-how-heading = How to post it
operator-how-place = Post it where visitors see it: entrance, reception, tables.
operator-how-outside = Do not post it where it can be read from outside. Passers-by could register.
operator-how-copies = Inside the same place you may post as many copies as you like. It is not valid elsewhere.
operator-how-check = Then read it with your own phone and check the name.
operator-how-voluntary = Registering is the visitor’s choice. Please turn nobody away for not registering.
operator-keep-link = The address of this page is yours alone. Please show it to nobody.

operator-certificate-heading = Certificate of infection control
operator-certificate-issued = Issued on { $day }.
operator-certificate = Open the certificate (PDF)
operator-certificate-change = Choose measures again and issue a new one
measures-title = Choose measures
measures-heading = Which measures do you take?
measures-lead = They are listed on your certificate. Choose at least { $least }.
measures-changes = If you change them, a new certificate with today's date is issued.
measures-changes-new = What was added since the last one is marked "New".
measures-legend = Measures
measures-added = added to the list
measures-new = New
measures-since = (since { $day })
measures-guidelines = Guidelines they come from
measures-change-submit = Issue the certificate
error-measures = Choose at least { $least } of the measures that you take.

screen-title = QR code
screen-code = QR code to check in at { $name }
screen-lead = Read it with your phone’s camera and register your email address

## Pages

portal-title = Welcome
portal-heading = Told early when infection spreads
portal-lead-day = Where you go, read the QR code and register your email address. When people who were there on the same day { $when }, { $name } tells you by mail.
portal-lead-time_band = Where you go, read the QR code and register. When people who were there in the same hours { $when }, { $name } tells you.
portal-visitors = Visitors
portal-visitors-body = How to register, when a notice comes, and what happens to your data.
portal-visitors-go = For visitors
portal-operators = Shops, facilities and events
portal-operators-body = How to register and post a QR code.
portal-operators-go = For shops, facilities and events
portal-flow-heading = From registration to notice
flow-1 = Posted
flow-1-body = The place posts its QR code at the entrance.
flow-2 = Read
flow-2-body = You read it with your phone’s camera. No app is needed.
flow-3 = Registered
flow-3-body = You send your email address, and a confirmation comes back.
flow-3-body-none = You send your email address, and all is done.
flow-4 = Told
flow-4-body-day = If people there on the same day { $when }, a mail comes.
flow-4-body-time_band = If people there in the same hours { $when }, a notice comes.
portal-promise-heading = What we promise
portal-report-heading = If you were found infected
portal-report-body = If you checked in and were later found infected, please tell us. We tell nobody about you.
portal-ask-heading = If something is unclear

visitors-title = For visitors
visitors-heading = For visitors
visitors-1 = Read
visitors-1-body = Read the QR code with your phone’s camera.
visitors-2 = Send
visitors-2-body = Enter your email address on the page that opens and send it.
visitors-3 = Check
visitors-3-body = When the confirmation from { $domain } arrives, all is done.
visitors-3-body-none = When the page says that you are registered, all is done.
visitors-window = What counts are the places used from { $days } days before symptoms began until the day of the positive result.
visitors-window-after-symptoms = What counts are the places used from { $days } days before symptoms began until { $after } days after that.
visitors-window-after-rash = What counts are the places used from { $days } days before the rash appeared until { $after } days after it.
visitors-received-heading = If you receive a notice
visitors-received-health = Watch your health. With fever, cough or the like, stay at home and phone a doctor.
visitors-received-consult = If you are worried, ask here: { $desk }.
visitors-received-sns = Please do not post about it on social media. A guess can hurt people and shops.
visitors-mail-heading = About our mail
visitors-mail = Mail comes from { $domain }. If you filter mail, please let it through.
visitors-mail-no-links = We never ask for account numbers or passwords. Such a mail is a fake.

operators-title = For shops, facilities and events
operators-heading = For shops, facilities and events
operators-lead = Please post a QR code. Visitors who are told early help to protect your place.
operators-go = Register
operators-1 = Register
operators-1-body = Enter name, type of business, size, and who is in charge.
operators-2 = Receive
operators-2-body = The poster opens at once. A mail from { $domain } tells you where to find it later.
operators-3 = Post
operators-3-body = Print it and post it where visitors see it.
operators-who-heading = Who can register
operators-notice-heading = When notices are sent
operators-notice-size = The threshold depends on the type and size of the place.
operators-notice-visitors = Who registered is not told to operators either.
operators-data-heading = What you register
operators-data = Name, type and address of the place are shown to visitors and used to judge notices. Name, phone number and email address of the person in charge are encrypted and used only to contact you about the registration.

handout-leaflet = Leaflet (PDF, A4, in Japanese)
handout-flyer = Flyer for operators (PDF, A4, in Japanese)
leaflet-audience = For visitors
leaflet-headline = Please check in with the QR code
leaflet-caption = Guide
leaflet-description = QR code that opens the visitors' guide
flyer-audience = For operators
flyer-headline = Please post a QR code
flyer-lead = People who check in with your code can be told early when an infection spreads. That protects them and your place. Registration is free.
flyer-caption = Register here
flyer-description = QR code that opens the operators' guide
flyer-steps = From registration to posting
flyer-step-1 = Open the guide with the code and register name, type and contact.
flyer-step-2 = You get a poster with your QR code at once, and by e-mail.
flyer-step-3 = Print it and post it at the entrance or on tables.
flyer-merits = What it brings
flyer-merit-1 = People see that you act against infection.
flyer-merit-2 = Those who were with you are told early when there is reason.
flyer-merit-3 = People come with an easy mind.
flyer-merit-certificate = You also get a certificate that lists your measures at a glance.
flyer-asked = We ask you
flyer-proxy = No computer or printer? Call the desk below: we register for you and send you the prints.

faq-title = Questions and answers
faq-visitor = From visitors
faq-operator = From shops, facilities and events
faq-never-heading = How do notices arrive?
faq-never = Notices arrive by mail from { $domain }.
faq-language = This page is in Japanese only.
faq-ask = Search in your own words
faq-ask-body = Type what you want to know in everyday Japanese, and the nearest questions are found.

ask-title = Ask a question
ask-title-found = Answer to your question
ask-heading = What would you like to know?
ask-lead = Type it in everyday words, and the nearest of our questions and answers are found.
ask-language = Questions and answers are in Japanese only.
ask-audience = Who you are
ask-audience-visitor = a visitor
ask-audience-operator = with a shop, facility or event
ask-question = Your question
ask-question-hint = For example メールが来ない. Please don't write names or addresses.
ask-submit = Search
ask-kept = What you type isn't stored.
ask-found-heading = The nearest question, with its answer
ask-others-heading = Other near questions
ask-near-heading = Perhaps one of these
ask-none-heading = None of these?
ask-none = Please try again in other words. If it is urgent, or if you need help, ask here.
ask-unsure-heading = We found no certain answer
ask-unsure = Please try again in other words. If you need help, ask here.
ask-again-heading = Search again
ask-all = See all questions and answers

privacy-title = Your data
privacy-visitors-heading = Checking in
privacy-collect = Collected
privacy-never = Not collected
privacy-purpose = Purpose
privacy-erased = Erasure
privacy-erased-time = Each day at { $time }, the day that has expired is erased as a whole.
privacy-positive-heading = People found infected
privacy-positive = We ask for the email addresses you registered with, the first day of symptoms (or of the test, without symptoms) and the day of the result. We use them only to judge whether a notice is needed, and erase them after { $span }.
privacy-operators-heading = Registered places and events
privacy-protect-heading = How it is protected
privacy-protect-sealed = Your email address is encrypted the moment you register, to a key of that day only. The public server holds no key that opens it.
privacy-protect-officers = Officers do not see addresses either. Machines send the notices.
privacy-protect-ledger = Each opening is recorded with its reason, in a record that shows if it was altered.
privacy-protect-limits = Backups are thrown away after { $days } days. Without the key, addresses in them cannot be opened; but place and time of registrations remain in them until then.
privacy-answers-heading = Questions we do not answer
privacy-answers = We do not answer questions about who was infected, when or where.
privacy-liability-heading = Liability

thresholds-title = When notices are sent
thresholds-lead-ge = A notice is sent when the number of infected people who used the same place on the same day reaches these figures. They depend on type and size.
thresholds-lead-ge-time_band = A notice is sent when the number of infected people who used the same place in the same hours reaches these figures. They depend on type and size.
thresholds-lead-gt = A notice is sent when the number of infected people who used the same place on the same day exceeds these figures. They depend on type and size.
thresholds-lead-gt-time_band = A notice is sent when the number of infected people who used the same place in the same hours exceeds these figures. They depend on type and size.
thresholds-none-any_positive = No number of people is needed. When even one infected person used a place, a notice to those who used it on the same day is considered.
thresholds-none-officer_judgement = No number of people is needed. When an infected person is found to have used a place, an officer judges whether a notice is needed.
thresholds-cluster = With a cluster of infections, or a fear of one, a notice may be sent whatever the number.
thresholds-measure = Measured by
thresholds-band = Size
thresholds-count = Threshold
thresholds-version = Version { $version }, valid from { $day }
thresholds-source = Source: { $source }

erasures-title = Record of erasures
erasures-lead = Registrations are erased after { $span }, one day at a time. This page grows by itself with each erasure.
erasures-key = Each day’s registrations are encrypted to a key of that day. When they expire, that key is destroyed first: whatever copy or backup remains, nobody can open it. Then the registrations are deleted.
erasures-none = No day has expired yet.
erasures-day = Day
erasures-at = Erased at
erasures-check-ins = Registrations
erasures-index = Matching index
erasures-outbox = Sending records
erasures-verified = Verified
erasures-verified-yes = Verified as gone
erasures-verified-no = Being verified
erasures-explain = The figures are numbers of records erased. The matching index serves to compare visits; the sending records serve to send notices.

# What a form says of single fields
field-has_symptoms = Symptoms
field-onset_on = First day of symptoms
field-sampled_on = Day of the test
field-positive_on = Day of the positive result
field-reference = Reference
error-invisible = { $field } contains an invisible character. Please type it again.
error-private-use = { $field } contains a character that other devices can't show. Please use another one.
error-formula = { $field } can't begin with "{ $character }".
error-glyph = "{ $character }" can't be printed. Please use another form of the character, or kana.
error-date-after-positive = { $field } must not be after the day of the positive result.
error-registered-already-title = This registration has been received
error-registered-already = The same form was received before. The poster is sent to the e-mail address that you gave.
sample-confirmation = The mail you get when you register
sample-venue = Sample Shop
sample-alert = The mail you get when an infected person was there
sample-cluster = The mail you get when a cluster is feared
sample-place = { $title } (where the place is named)
sample-days = { $title } (where the date is named)
