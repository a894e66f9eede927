# Where Hyogo's words differ from the engine's.

# HYG-5, HYG-11
point-consult = { $kind ->
        [cluster] Even without symptoms, please soon consult { $where } or the centre for returnees and contacts. If you live in another prefecture, consult the desk there.
       *[alert] If you have fever, a cough or other symptoms, or are worried, please consult { $where } or the centre for returnees and contacts. If you live in another prefecture, consult the desk there.
    }
# HYG-9
point-keep_record = Please note each day where you were and whom you met.

# HYG-2
poster-step-2 = On the page that opens, choose LINE or e-mail, and check in.
poster-step-3 = You are done when the message or mail of confirmation arrives.
poster-promise = Only your LINE contact or e-mail address is kept, by { $jurisdiction }, and erased after { $span }.
screen-lead = Read it with your phone’s camera and check in with LINE or your email address
faq-never = Notices arrive the way you checked in: in the chat on LINE, or by mail from { $domain }.
privacy-protect-sealed = Your LINE contact or email address is encrypted the moment you register, to a key of that day only. The public server holds no key that opens it.
privacy-protect-officers = Officers do not see contacts either. Machines send the notices.
privacy-protect-limits = Backups are thrown away after { $days } days. Without the key, contacts in them cannot be opened; but place and time of registrations remain in them until then.
