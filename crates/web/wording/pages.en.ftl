# Pages of information: how a notice comes about, changes, examples of posting, site map, enquiries.

crumbs = You are here
crumbs-home = Start
sitemap-title = Site map
sitemap-everybody = For everybody
changes-title = Changes
changes-lead = When these pages were changed, and what was changed.

notice-flow-heading = How a notice comes about
notice-flow-1 = An infection is found
notice-flow-1-body = The public health centre looks into where a person found infected has been.
notice-flow-1-body-reports = The public health centre looks into where a person found infected has been. People can also report themselves.
notice-flow-2 = We compare
notice-flow-2-body-day = A machine looks for people who registered at the same place on the same day.
notice-flow-2-body-time_band = A machine looks for people who registered at the same place at about the same time.
notice-flow-3 = We decide
notice-flow-3-body-threshold = The infected people are counted against the base number, and an officer decides whether to send a notice.
notice-flow-3-body-any_positive = One infected person is enough for an officer to decide whether to send a notice.
notice-flow-3-body-officer_judgement = An officer judges whether a notice is needed.
notice-flow-4 = We send
notice-flow-4-body = A machine sends it to those who registered, and to nobody else. Officers do not see who they are.
notice-flow-5 = We erase
notice-flow-5-body = A registration is erased { $span } after it was made.

visitors-voluntary = Registering is voluntary and free of charge (your provider may charge for the connection).
visitors-merits-heading = Why register
visitors-merit-1 = You learn early that you may have met an infection, and notice early when you fall ill.
visitors-merit-2 = A posted QR code shows that a place takes care against infection.
visitors-mail-similar = Beware of mails and calls in names that resemble this system's.
privacy-positive-officer = We record what the public health centre found: when symptoms began (or the test was taken), when the test was positive, which places were used and when. No name. It is used only to decide whether a notice is needed, and erased { $span } later.
privacy-protect-history = Officers do not look at where any one registered person has been. Of people found infected, only the places and times needed for the decision are handled.

## Examples of posting

gallery-title = Posting examples and material
gallery-lead = Post the QR code where visitors see it and can read it without haste.
gallery-sheets-heading = To print
gallery-sheets = You get a poster with your own QR code when you register. The leaflets can be printed as they are.
gallery-poster = Poster (sample)
gallery-picture = { $name }, first page

## Operators' enquiries

enquiry-title = Enquiries from operators
enquiry-about = If you need help with registering or posting, write to us.
enquiry-go = Write to the desk
enquiry-lead = Ask us about registering or posting. The desk answers by mail.
enquiry-first = The answer may be among the frequent questions.
enquiry-number-hint = If you have registered, the number on your poster (such as 12345-6789A).
enquiry-email-hint = Our answer goes there.
enquiry-question = Your question
enquiry-question-hint = Up to 1000 characters. Please do not write about other people, such as who was infected.
enquiry-submit = Send
enquiry-thanks-title = We have your question
enquiry-thanks-heading = We have your question
enquiry-thanks-body = The desk reads it and answers to the address that you gave.
enquiry-thanks-none = We do not send a mail to confirm this.
error-enquiry-number = This is not a registration number. Please check the number on your poster, or leave the field empty.
privacy-enquiry = Your question and address are encrypted, delivered to the desk, and erased from this system then. They are used only to answer you.
