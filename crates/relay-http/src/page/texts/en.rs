//! English.

use super::Texts;

pub(crate) const EN: Texts = Texts {
    languages: "Language",
    to_start: "Start page",
    privacy: "Privacy",
    api: "API",
    skip: "Skip to the content",

    start_title: "Let your programs log in to Arlo by themselves",
    start_lead: "When a program logs in, Arlo mails a six-digit code. This relay receives that mail and hands the \
                 code to your program. It never sees your Arlo password.",
    arlo_off_title: "At present, Arlo asks for no codes",
    arlo_off: "Arlo has asked nobody for a code since 6 October 2026; our newest report is of 15 October. While this \
               lasts, no mail comes and your password is enough: nothing is wrong with your set-up. It works on the \
               day when Arlo asks again.",
    join_title: "Join",
    join_email: "Mail address of your Arlo account",
    join_email_hint: "The one with which you log in to Arlo. Only a hash of it is stored.",
    join_invitation: "Invitation",
    join_invitation_hint: "What follows “invitation=” in the link that you were sent.",
    join_invite_only: "You can join with an invitation from the operator of this relay.",
    join_closed: "On this relay, only the operator enrols members. Ask for an enrolment, which the operator makes \
                  with {command}. You then get an access token, and can log in below.",
    join_button: "Join",
    sign_in_title: "You have joined already",
    sign_in_lead: "See which mail came and look up your settings, replace your token, or leave.",
    sign_in_button: "Show my enrolment",

    joined_title: "You have joined",
    joined_lead: "Two things are left to do: let Arlo’s mail come here, and give the values to your program.",
    values_title: "Your values",
    values_once: "The token is shown only now. Save it before you leave this page.",
    values_secret: "Keep them to yourself: whoever has one can use it.",
    value_account: "Arlo account",
    value_token: "Access token",
    value_token_hint: "Your program shows it to the relay.",
    value_address: "Relay address",
    value_address_hint: "Arlo’s mail has to come to this address.",
    value_prestage: "Prestage URL",
    value_prestage_hint: "Here your program tells the relay that a login begins.",
    copy: "Copy",
    copied: "Copied",
    save: "Save as a file",

    mail_title: "Let Arlo’s mail come here",
    factor_title: "Easiest: add the relay address to your Arlo account",
    factor_lead: "Arlo then writes to the relay directly. You forward nothing.",
    factor_where: "In Arlo’s app, open your profile, then the login settings, then two-step verification. Add this \
                   address as one more way to get codes by mail:",
    factor_first: "Arlo mails a code there to confirm it. Press the button before you add the address: the code then \
                   appears on this page, and you type it in at Arlo.",
    factor_button: "Wait for Arlo’s code",
    factor_off: "While Arlo asks for no codes, its app does not show this setting.",
    forward_title: "Or forward Arlo’s mail from your mailbox",
    forward_lead: "Make a rule in your mailbox that forwards mail from {sender} to {address}. Here is what your \
                   provider asks for:",
    asks_first: "{provider} first asks the relay address whether it may forward. The question and its link appear \
                 below.",
    asks_nothing: "{provider} forwards at once, without a question.",
    asks_perhaps: "If {provider} first asks the relay address whether it may forward, the question appears below.",
    gmail: "Open Settings, then “Forwarding and POP/IMAP”, and add the relay address. When it is confirmed, make a \
            filter for the sender with “Forward it to”.",
    outlook: "Open Settings, then Mail, then Rules. Choose “Redirect to”, not “Forward to”: that would write a new \
              mail. In a company, the administrator has to allow it.",
    icloud: "On iCloud.com open Mail, then Settings, then Rules, and add a rule that forwards mail from the sender.",
    yahoo: "Open Settings, then Mailboxes, then Forwarding. It is part of the paid plan only.",
    fastmail: "Open Settings, then Filters & Rules, and add a rule with “Send a copy to”.",
    proton: "Open Settings, then Proton Mail, then “Auto-reply and forward”. It is part of the paid plans only.",
    zoho: "Open Settings, then Mail Accounts, then Forwards, or use a filter that forwards. When you open the link, \
           Zoho asks for your Zoho password.",
    gmx: "Open E-Mail, then Settings, then Filter rules. You have to answer the question within 24 hours.",
    alias: "Add the relay address as a mailbox or recipient, and choose it for the alias that Arlo knows. These \
            services write a sender of their own: the operator of this relay has to add it to your enrolment.",
    other_provider: "Look for “forwarding”, “filters” or “rules” in the settings of your mailbox.",
    other_provider_name: "Another provider",
    alias_name: "SimpleLogin, addy.io",
    questions_title: "Questions and other mail",
    questions_none: "No question has come yet.",
    questions_caution: "Anybody who knows the relay address can write to it. Open a link only if you have just set \
                        up the forwarding yourself, and the link leads to your provider.",
    question_from: "From {sender}, {time}",
    question_no_subject: "(no subject)",
    question_link: "Open the page at {host}",
    question_code: "Code to type in at your provider",
    question_gmail: "Gmail asks whether it may forward",
    look_again: "Look again",
    looks_by_itself: "This page looks for news by itself.",
    looks_no_more: "This page has stopped looking for news.",

    test_title: "Try it",
    test_lead: "Send the relay a mail that looks like Arlo’s, and see it arrive. Send it from your own mailbox, \
                {account}: from another address it does not count as yours.",
    test_lead_signed: "This enrolment takes a code only from a mail that Arlo itself signed. Start the test, log in to Arlo, and \
                       see the code arrive.",
    test_button: "Start the test",
    test_again: "Start again",
    test_waits: "The relay waits for a code until {time}.",
    test_factor: "Now add the relay address at Arlo, or log in to Arlo: the code appears here, too.",
    test_alone: "Let no program log in meanwhile: its code could come here instead.",
    test_send: "Write the test mail",
    test_copy: "Or send this text in a mail to {address}:",
    test_subject: "Subject",
    test_came: "It works: the code {code} came {seconds} seconds after the start.",
    test_came_untimed: "It works: the code {code} came.",
    test_expected: "It is the code of the test mail.",
    test_another: "It is not the code of the test mail, so it comes from Arlo. Type it in where Arlo asks for it.",
    test_conflict: "A mail came with two different numbers that could be the code, so none was taken. Start again.",
    test_over: "The time is over, and no code came. See below which mail came and was refused, and start again.",

    clients_title: "Give the values to your program",
    clients_lead: "Copy the lines for your program. They hold your token: keep them to yourself.",
    client_hass: "Home Assistant (hass-aarlo)",
    client_hass_note: "Put this into configuration.yaml, with your Arlo password, and restart Home Assistant. Do not \
                       set it up in its user interface: there, Arlo is asked for an SMS. hass-aarlo 0.8.1.22 logs in \
                       only while Arlo asks for codes.",
    client_pyaarlo: "pyaarlo",
    client_pyaarlo_note: "Version 0.8.0.24 or newer logs in whether Arlo asks for codes or not.",
    client_port: "pyaarlo and hass-aarlo reach a relay on port 80 or 443 only, and this one has another port. Ask \
                  its operator.",
    client_scrypted: "Scrypted",
    client_scrypted_note: "Scrypted cannot call a relay. Start these lines, log in at Scrypted, and type in the code \
                           that they print.",
    client_script: "A script, with curl",
    client_script_note: "These lines print the code of the login that you begin while they wait. curl 7.76 or newer \
                         is needed.",
    client_command: "arlo-relay login",
    client_command_note: "It asks for your Arlo password, and keeps the session for the next time.",

    status_title: "What has come so far",
    status_page_title: "Your enrolment",
    status_none: "No mail has come yet.",
    status_last_mail: "Last mail",
    status_last_code: "Last code that a login got",
    status_since: "Joined",
    status_rotated: "Token replaced",
    status_id: "Public name",
    never: "never",
    status_removed: "No mail has come to this enrolment. If that stays so, it is removed on {date}.",
    status_taken: "Taken",
    status_refused: "Not taken, and why",
    status_refused_none: "No mail was refused.",
    column_what: "What happened",
    column_count: "Times",
    column_last: "Last",
    column_when: "When",
    column_network: "From network",
    events_title: "The last events",
    events_lead: "At most 50. Look here for what was not you.",
    mail_code_delivered: "A code was given to a login",
    mail_nothing_waiting: "A code came, and no login was waiting for it",
    mail_duplicate: "A second copy of a mail came",
    mail_conflicting_codes: "A mail held two different codes",
    mail_forwarding_confirmation: "A provider asked to confirm the forwarding",
    mail_no_code: "Arlo wrote, and there was no code in it",
    mail_not_from_arlo: "A mail was not from Arlo",
    mail_forwarded_by_another: "A code came from an address that is not the account’s",
    mail_not_signed: "A code came without Arlo’s signature",
    mail_too_complex: "A mail was too much work to read",
    event_enrolled: "The enrolment was made",
    event_prestaged: "A login was announced",
    event_wrong_token: "Somebody used a token that is not valid any more",
    event_token_replaced: "The token was replaced",
    event_address_replaced: "The relay address was replaced",
    event_suspended: "The operator suspended the enrolment",
    event_resumed: "The operator resumed the enrolment",

    rotate_title: "Replace the token",
    rotate_text: "Do this if somebody else may know the token. The old token is void at once, so your programs need \
                  the new one. The relay address stays.",
    rotate_button: "Replace the token",
    rotated_title: "Your new token",
    rotated_lead: "The old token is void. Give the new one to your programs.",
    leave_title: "Leave",
    leave_text: "Everything about this enrolment is deleted.",
    leave_button: "Leave …",
    leave_confirm_title: "Do you want to leave?",
    leave_confirm_text: "The token and the relay address are void at once, and nobody can bring them back. First \
                         remove the relay address from your Arlo account, or the rule from your mailbox: Arlo’s code \
                         would go to an address that does not exist any more.",
    leave_now: "Leave now",
    leave_stay: "Stay",
    left_title: "You have left",
    left_text: "Everything about the enrolment is deleted. You can join again at any time, with new values.",

    error_title: "That did not work",
    error_address: "This is not a mail address of the form name@domain. Please check it.",
    error_token: "This token does not belong to this account, or it is not valid any more.",
    error_no_token: "Please enter the access token. It begins with “arelay_”.",
    error_closed: "On this relay, only the operator enrols members. Please ask there.",
    error_invitation: "This invitation is not valid: it is mistyped, used up, or too old. Ask for a new one.",
    error_full: "This relay takes no new members at present. Ask its operator.",
    error_too_often: "That was too often. Please try again in {seconds} seconds.",
    error_too_many: "Too many have joined today, from your network or in all. Please try again tomorrow.",
    error_away: "The relay cannot do this at the moment. Please try again later.",
    error_form: "The relay does not understand this form. Please begin again on the start page.",
    error_form_old: "This page was open for too long. Your entries are still there: please press the button again.",
    error_form_used: "This form was sent before, and you joined by it. Log in below with the token that you got. If \
                      you did not save it, join anew.",
    error_elsewhere: "The form was sent from another site, or this page was not opened at the relay’s own address. \
                      Its operator sets that address with --public-url.",

    privacy_title: "What this relay knows about you",
    privacy_lead: "The relay needs Arlo’s mail for some seconds. It keeps as little of it as it can.",
    privacy_kept: "What is kept",
    privacy_what: "What",
    privacy_how: "How",
    privacy_how_long: "How long",
    kept_account: "The address of your Arlo account",
    kept_account_how: "Only as a hash (HMAC-SHA-256) under a key of this relay. It cannot be read back; who has the \
                       key can check a guess.",
    kept_token: "Your access token",
    kept_token_how: "Only as a hash (SHA-256).",
    kept_address: "Your relay address",
    kept_address_how: "Not at all. It proves itself, and the relay can compute it.",
    kept_code: "The code of a login",
    kept_code_how: "With the login that waits for it. Who has your token, or the login’s secret URL, can read it.",
    kept_code_long: "Until the login expires, usually five minutes. On AWS the file with it is deleted within two \
                     days; until then the relay shows it to nobody.",
    kept_mail: "Arlo’s mail",
    kept_mail_how: "In memory while it is read. On AWS in a file that is deleted when it has been read.",
    kept_mail_long: "Seconds. If reading it fails on AWS, at most two days.",
    kept_other: "Mail to your relay address that is no code, such as your provider’s question",
    kept_other_how: "Of the newest three: sender, subject, time, links. Nothing else of them.",
    kept_other_long: "A week.",
    kept_counts: "What became of your mail",
    kept_counts_how: "A number and the time of the last one, for each kind.",
    kept_events: "The last 50 events",
    kept_events_how: "What, when, and the network from which it came (the first part of an IP address, never the \
                      whole).",
    kept_names: "The name of the enrolment, and a sender that was added for it, where there is one",
    kept_names_how: "As they are.",
    kept_joins: "How many joined on a day, in all and from each network",
    kept_joins_how: "A number, and the first part of the IP address.",
    kept_joins_long: "At most three days",
    as_long_as_enrolled: "As long as you are enrolled",
    privacy_log: "The log of the relay holds no code, token, relay address or account. The relay never gets your \
                  Arlo password.",
    privacy_browser: "These pages set no cookie, store nothing in your browser and load nothing from elsewhere.",
    privacy_operator_title: "Who can read it",
    privacy_operator: "You, with your token. And the operator of this relay: whoever runs the machine can read what \
                       is kept, and could read codes and mail while they pass. So join only where you trust the \
                       operator.",
    privacy_operator_mail: "The operator can choose to get a copy of each mail that holds no code, in order to help \
                            you with your provider’s question. The copy is kept until it is sent, at most five days. \
                            Mail with a code is not copied.",
    privacy_backups: "If the operator makes backups, they hold what is kept until they are deleted, also after you \
                      have left.",
    privacy_export_title: "See what is kept",
    privacy_export: "Log in on the start page: it shows all that is kept about you. For programs, GET /status gives \
                     the same as JSON.",
    privacy_erase_title: "Have it deleted",
    privacy_erase: "Log in and choose “Leave”. Everything about your enrolment is deleted at once. An enrolment to \
                    which no mail ever came is removed by itself.",
};
