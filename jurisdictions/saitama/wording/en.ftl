# Where Saitama's words differ from the engine's: there is no mail to visitors.

poster-step-2 = Press "Check in with LINE" on the page that opens, and send what is filled in.
poster-step-3 = You are done when LINE says that your check-in is registered.
poster-promise = Only your LINE contact is kept, by { $jurisdiction }, and erased after { $span }.
screen-lead = Read it with your phone’s camera and check in with LINE
faq-never = Notices arrive in the chat on LINE in which you checked in.
privacy-protect-sealed = Your LINE contact is encrypted the moment you register, to a key of that day only. The public server holds no key that opens it.
privacy-protect-officers = Officers do not see contacts either. Machines send the notices.
privacy-protect-limits = Backups are thrown away after { $days } days. Without the key, contacts in them cannot be opened; but place and time of registrations remain in them until then.
