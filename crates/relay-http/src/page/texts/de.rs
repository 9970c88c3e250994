//! German.

use super::Texts;

pub(crate) const DE: Texts = Texts {
    languages: "Sprache",
    to_start: "Startseite",
    privacy: "Datenschutz",
    api: "API",
    skip: "Zum Inhalt springen",

    start_title: "Lassen Sie Ihre Programme sich selbst bei Arlo anmelden",
    start_lead: "Meldet sich ein Programm an, schickt Arlo einen sechsstelligen Code per E-Mail. Dieses Relay \
                 empfängt die E-Mail und gibt den Code an Ihr Programm weiter. Ihr Arlo-Passwort sieht es nie.",
    arlo_off_title: "Zurzeit fragt Arlo nach keinem Code",
    arlo_off: "Seit dem 6. Oktober 2026 hat Arlo niemanden nach einem Code gefragt; unsere neueste Meldung ist vom \
               15. Oktober. Solange das so ist, kommt keine E-Mail, und das Passwort genügt: Ihre Einrichtung ist in \
               Ordnung. Sie funktioniert an dem Tag, an dem Arlo wieder fragt.",
    join_title: "Mitmachen",
    join_email: "E-Mail-Adresse Ihres Arlo-Kontos",
    join_email_hint: "Die Adresse, mit der Sie sich bei Arlo anmelden. Gespeichert wird nur ein Hashwert davon.",
    join_invitation: "Einladung",
    join_invitation_hint: "Was in Ihrem Einladungslink auf „invitation=“ folgt.",
    join_invite_only: "Sie brauchen eine Einladung vom Betreiber dieses Relays.",
    join_closed: "Auf diesem Relay trägt nur der Betreiber Mitglieder ein. Bitten Sie ihn darum; er macht es mit \
                  {command}. Danach haben Sie einen Zugangs-Token und können sich unten anmelden.",
    join_button: "Mitmachen",
    sign_in_title: "Sie sind schon dabei",
    sign_in_lead: "Sehen Sie, welche E-Mails kamen, und wie Sie alles einrichten; ersetzen Sie den Token, oder \
                   steigen Sie aus.",
    sign_in_button: "Meinen Eintrag zeigen",

    joined_title: "Sie sind dabei",
    joined_lead: "Zwei Dinge bleiben zu tun: Lassen Sie Arlos E-Mails hierher kommen, und geben Sie Ihrem Programm \
                  die Werte.",
    values_title: "Ihre Werte",
    values_once: "Der Token wird nur jetzt gezeigt. Sichern Sie ihn, bevor Sie diese Seite verlassen.",
    values_secret: "Behalten Sie die Werte für sich: Wer einen davon hat, kann ihn benutzen.",
    value_account: "Arlo-Konto",
    value_token: "Zugangs-Token",
    value_token_hint: "Damit weist sich Ihr Programm beim Relay aus.",
    value_address: "Relay-Adresse",
    value_address_hint: "An diese Adresse müssen Arlos E-Mails kommen.",
    value_prestage: "Prestage-URL",
    value_prestage_hint: "Hier sagt Ihr Programm dem Relay, dass eine Anmeldung beginnt.",
    copy: "Kopieren",
    copied: "Kopiert",
    save: "Als Datei sichern",

    mail_title: "Arlos E-Mails hierher kommen lassen",
    factor_title: "Am einfachsten: die Relay-Adresse in Ihr Arlo-Konto eintragen",
    factor_lead: "Dann schreibt Arlo direkt an das Relay. Sie leiten nichts weiter.",
    factor_where: "Öffnen Sie in der Arlo-App Ihr Profil, dann die Anmeldeeinstellungen, dann die \
                   Zwei-Schritt-Verifizierung. Tragen Sie diese Adresse als weiteren Weg für Codes per E-Mail ein:",
    factor_first: "Arlo schickt zur Bestätigung einen Code dorthin. Drücken Sie vorher diesen Knopf: Der Code \
                   erscheint dann auf dieser Seite, und Sie geben ihn bei Arlo ein.",
    factor_button: "Auf Arlos Code warten",
    factor_off: "Solange Arlo nach keinem Code fragt, zeigt die App diese Einstellung nicht.",
    forward_title: "Oder Arlos E-Mails aus Ihrem Postfach weiterleiten",
    forward_lead: "Legen Sie in Ihrem Postfach eine Regel an, die E-Mails von {sender} an {address} weiterleitet. \
                   Das verlangt Ihr Anbieter:",
    asks_first: "{provider} fragt zuerst bei der Relay-Adresse an, ob weitergeleitet werden darf. Die Frage \
                 erscheint unten mit ihrem Link.",
    asks_nothing: "{provider} leitet sofort weiter, ohne zu fragen.",
    asks_perhaps: "Falls {provider} zuerst bei der Relay-Adresse anfragt, erscheint die Frage unten.",
    gmail: "Öffnen Sie die Einstellungen, dann „Weiterleitung und POP/IMAP“, und fügen Sie die Relay-Adresse hinzu. \
            Ist sie bestätigt, legen Sie für den Absender einen Filter mit „Weiterleiten an“ an.",
    outlook: "Öffnen Sie die Einstellungen, dann E-Mail, dann Regeln. Wählen Sie „Umleiten an“, nicht „Weiterleiten \
              an“: das schriebe eine neue E-Mail. In Firmen muss der Administrator es erlauben.",
    icloud: "Öffnen Sie auf iCloud.com Mail, dann Einstellungen, dann Regeln, und legen Sie eine Regel an, die \
             E-Mails des Absenders weiterleitet.",
    yahoo: "Öffnen Sie die Einstellungen, dann Postfächer, dann Weiterleitung. Das geht nur im bezahlten Tarif.",
    fastmail: "Öffnen Sie die Einstellungen, dann „Filters & Rules“, und legen Sie eine Regel mit „Send a copy to“ \
               an.",
    proton: "Öffnen Sie die Einstellungen, dann Proton Mail, dann „Automatische Antwort und Weiterleitung“. Das geht \
             nur in bezahlten Tarifen.",
    zoho: "Öffnen Sie die Einstellungen, dann die Mailkonten, dann Weiterleitungen, oder nehmen Sie einen Filter, \
           der weiterleitet. Hinter dem Link fragt Zoho nach Ihrem Zoho-Passwort.",
    gmx: "Öffnen Sie E-Mail, dann Einstellungen, dann Filterregeln. Die Frage müssen Sie binnen 24 Stunden \
          beantworten.",
    alias: "Fügen Sie die Relay-Adresse als Postfach oder Empfänger hinzu, und wählen Sie sie für den Alias, den \
            Arlo kennt. Diese Dienste schreiben einen eigenen Absender: Der Betreiber dieses Relays muss ihn bei \
            Ihrem Eintrag ergänzen.",
    other_provider: "Suchen Sie in den Einstellungen Ihres Postfachs nach „Weiterleitung“, „Filter“ oder „Regeln“.",
    other_provider_name: "Ein anderer Anbieter",
    alias_name: "SimpleLogin, addy.io",
    questions_title: "Fragen und andere E-Mails",
    questions_none: "Es ist noch keine Frage gekommen.",
    questions_caution: "Jeder, der die Relay-Adresse kennt, kann an sie schreiben. Öffnen Sie einen Link nur, wenn \
                        Sie die Weiterleitung gerade selbst eingerichtet haben und der Link zu Ihrem Anbieter führt.",
    question_from: "Von {sender}, {time}",
    question_no_subject: "(kein Betreff)",
    question_link: "Die Seite bei {host} öffnen",
    question_code: "Code, den Sie bei Ihrem Anbieter eingeben",
    question_gmail: "Gmail fragt, ob weitergeleitet werden darf",
    look_again: "Noch einmal nachsehen",
    looks_by_itself: "Diese Seite sieht von selbst nach, ob es Neues gibt.",
    looks_no_more: "Diese Seite sieht nicht mehr nach, ob es Neues gibt.",

    test_title: "Ausprobieren",
    test_lead: "Schicken Sie dem Relay eine E-Mail, die aussieht wie die von Arlo, und sehen Sie zu, wie sie \
                ankommt. Schicken Sie sie aus Ihrem eigenen Postfach, {account}: Von einer anderen Adresse zählt sie \
                nicht als Ihre.",
    test_lead_signed: "Dieser Eintrag nimmt einen Code nur aus einer E-Mail, die Arlo selbst signiert hat. Beginnen \
                       Sie den Test, melden Sie sich bei Arlo an, und sehen Sie zu, wie der Code ankommt.",
    test_button: "Test beginnen",
    test_again: "Neu beginnen",
    test_waits: "Das Relay wartet bis {time} auf einen Code.",
    test_factor: "Tragen Sie jetzt die Relay-Adresse bei Arlo ein, oder melden Sie sich bei Arlo an: Auch dessen \
                  Code erscheint hier.",
    test_alone: "Lassen Sie derweil kein Programm sich anmelden: Sein Code könnte stattdessen hier ankommen.",
    test_send: "Test-E-Mail schreiben",
    test_copy: "Oder schicken Sie diesen Text in einer E-Mail an {address}:",
    test_subject: "Betreff",
    test_came: "Es funktioniert: Der Code {code} kam {seconds} Sekunden nach dem Beginn.",
    test_came_untimed: "Es funktioniert: Der Code {code} kam.",
    test_expected: "Es ist der Code der Test-E-Mail.",
    test_another: "Es ist nicht der Code der Test-E-Mail, er kommt also von Arlo. Geben Sie ihn dort ein, wo Arlo \
                   danach fragt.",
    test_conflict: "In einer E-Mail standen zwei verschiedene Zahlen, die der Code sein könnten. Deshalb wurde keine \
                    genommen. Beginnen Sie neu.",
    test_over: "Die Zeit ist um, und es kam kein Code. Sehen Sie unten nach, welche E-Mail kam und warum sie \
                abgewiesen wurde, und beginnen Sie neu.",

    clients_title: "Ihrem Programm die Werte geben",
    clients_lead: "Kopieren Sie die Zeilen für Ihr Programm. Ihr Token steht darin: Behalten Sie sie für sich.",
    client_hass: "Home Assistant (hass-aarlo)",
    client_hass_note: "Schreiben Sie das mit Ihrem Arlo-Passwort in configuration.yaml, und starten Sie Home \
                       Assistant neu. Richten Sie es nicht in der Oberfläche ein: Dort wird Arlo um eine SMS \
                       gebeten. hass-aarlo 0.8.1.22 meldet sich nur an, solange Arlo nach Codes fragt.",
    client_pyaarlo: "pyaarlo",
    client_pyaarlo_note: "Ab Version 0.8.0.24 meldet es sich an, ob Arlo nach Codes fragt oder nicht.",
    client_port: "pyaarlo und hass-aarlo erreichen ein Relay nur auf Port 80 oder 443, und dieses hat einen anderen. \
                  Fragen Sie seinen Betreiber.",
    client_scrypted: "Scrypted",
    client_scrypted_note: "Scrypted kann kein Relay aufrufen. Starten Sie diese Zeilen, melden Sie sich in Scrypted \
                           an, und geben Sie den Code ein, den sie ausgeben.",
    client_script: "Ein Skript mit curl",
    client_script_note: "Diese Zeilen geben den Code der Anmeldung aus, die Sie beginnen, während sie warten. Nötig \
                         ist curl 7.76 oder neuer.",
    client_command: "arlo-relay login",
    client_command_note: "Es fragt nach Ihrem Arlo-Passwort und hebt die Sitzung für das nächste Mal auf.",

    status_title: "Was bisher kam",
    status_page_title: "Ihr Eintrag",
    status_none: "Es ist noch keine E-Mail gekommen.",
    status_last_mail: "Letzte E-Mail",
    status_last_code: "Letzter Code, den eine Anmeldung bekam",
    status_since: "Dabei seit",
    status_rotated: "Token ersetzt",
    status_id: "Öffentlicher Name",
    never: "nie",
    status_removed: "Zu diesem Eintrag ist keine E-Mail gekommen. Bleibt das so, wird er am {date} gelöscht.",
    status_taken: "Angenommen",
    status_refused: "Nicht genommen, und warum",
    status_refused_none: "Es wurde keine E-Mail abgewiesen.",
    column_what: "Was geschah",
    column_count: "Wie oft",
    column_last: "Zuletzt",
    column_when: "Wann",
    column_network: "Aus dem Netz",
    events_title: "Die letzten Ereignisse",
    events_lead: "Höchstens 50. Sehen Sie nach, ob etwas nicht von Ihnen war.",
    mail_code_delivered: "Eine Anmeldung bekam einen Code",
    mail_nothing_waiting: "Ein Code kam, und keine Anmeldung wartete auf ihn",
    mail_duplicate: "Eine E-Mail kam ein zweites Mal",
    mail_conflicting_codes: "In einer E-Mail standen zwei verschiedene Codes",
    mail_forwarding_confirmation: "Ein Anbieter fragte, ob er weiterleiten darf",
    mail_no_code: "Arlo schrieb, und es stand kein Code darin",
    mail_not_from_arlo: "Eine E-Mail war nicht von Arlo",
    mail_forwarded_by_another: "Ein Code kam von einer Adresse, die nicht die des Kontos ist",
    mail_not_signed: "Ein Code kam ohne die Signatur von Arlo",
    mail_too_complex: "Eine E-Mail zu lesen war zu aufwendig",
    event_enrolled: "Der Eintrag wurde angelegt",
    event_prestaged: "Eine Anmeldung wurde angekündigt",
    event_wrong_token: "Jemand benutzte einen Token, der nicht mehr gilt",
    event_token_replaced: "Der Token wurde ersetzt",
    event_address_replaced: "Die Relay-Adresse wurde ersetzt",
    event_suspended: "Der Betreiber hat den Eintrag gesperrt",
    event_resumed: "Der Betreiber hat die Sperre aufgehoben",

    rotate_title: "Den Token ersetzen",
    rotate_text: "Tun Sie das, wenn jemand anderes den Token kennen könnte. Der alte gilt sofort nicht mehr, Ihre \
                  Programme brauchen also den neuen. Die Relay-Adresse bleibt.",
    rotate_button: "Token ersetzen",
    rotated_title: "Ihr neuer Token",
    rotated_lead: "Der alte Token gilt nicht mehr. Geben Sie Ihren Programmen den neuen.",
    leave_title: "Aussteigen",
    leave_text: "Alles über diesen Eintrag wird gelöscht.",
    leave_button: "Aussteigen …",
    leave_confirm_title: "Möchten Sie aussteigen?",
    leave_confirm_text: "Token und Relay-Adresse gelten sofort nicht mehr, und niemand kann sie zurückbringen. \
                         Entfernen Sie vorher die Relay-Adresse aus Ihrem Arlo-Konto oder die Regel aus Ihrem \
                         Postfach: Sonst ginge Arlos Code an eine Adresse, die es nicht mehr gibt.",
    leave_now: "Jetzt aussteigen",
    leave_stay: "Bleiben",
    left_title: "Sie sind ausgestiegen",
    left_text: "Alles über den Eintrag ist gelöscht. Sie können jederzeit wieder mitmachen, mit neuen Werten.",

    error_title: "Das hat nicht geklappt",
    error_address: "Das ist keine E-Mail-Adresse der Form name@domain. Bitte prüfen Sie sie.",
    error_token: "Dieser Token gehört nicht zu diesem Konto, oder er gilt nicht mehr.",
    error_no_token: "Bitte geben Sie den Zugangs-Token ein. Er beginnt mit „arelay_“.",
    error_closed: "Auf diesem Relay trägt nur der Betreiber Mitglieder ein. Bitte fragen Sie dort.",
    error_invitation: "Diese Einladung gilt nicht: Sie ist falsch geschrieben, aufgebraucht oder zu alt. Bitten Sie \
                       um eine neue.",
    error_full: "Dieses Relay nimmt zurzeit keine neuen Mitglieder auf. Fragen Sie seinen Betreiber.",
    error_too_often: "Das war zu oft. Bitte versuchen Sie es in {seconds} Sekunden noch einmal.",
    error_too_many: "Heute haben schon zu viele mitgemacht, aus Ihrem Netz oder insgesamt. Bitte versuchen Sie es \
                     morgen noch einmal.",
    error_away: "Das Relay kann das im Augenblick nicht. Bitte versuchen Sie es später noch einmal.",
    error_form: "Das Relay versteht dieses Formular nicht. Bitte beginnen Sie noch einmal auf der Startseite.",
    error_form_old: "Diese Seite war zu lange offen. Ihre Angaben sind noch da: Bitte drücken Sie den Knopf noch \
                     einmal.",
    error_form_used: "Dieses Formular wurde schon einmal abgeschickt, und damit sind Sie dabei. Melden Sie sich \
                      unten mit dem Token an, den Sie bekamen. Haben Sie ihn nicht gesichert, so beginnen Sie von \
                      vorn.",
    error_elsewhere: "Das Formular kam von einer fremden Seite, oder diese Seite wurde nicht unter der eigenen \
                      Adresse des Relays geöffnet. Sein Betreiber stellt diese Adresse mit --public-url ein.",

    privacy_title: "Was dieses Relay über Sie weiß",
    privacy_lead: "Das Relay braucht Arlos E-Mail für einige Sekunden. Es behält so wenig davon, wie es kann.",
    privacy_kept: "Was gespeichert wird",
    privacy_what: "Was",
    privacy_how: "Wie",
    privacy_how_long: "Wie lange",
    kept_account: "Die Adresse Ihres Arlo-Kontos",
    kept_account_how: "Nur als Hashwert (HMAC-SHA-256) mit einem Schlüssel dieses Relays. Er lässt sich nicht \
                       zurückrechnen; wer den Schlüssel hat, kann eine Vermutung prüfen.",
    kept_token: "Ihr Zugangs-Token",
    kept_token_how: "Nur als Hashwert (SHA-256).",
    kept_address: "Ihre Relay-Adresse",
    kept_address_how: "Gar nicht. Sie beweist sich selbst, und das Relay kann sie berechnen.",
    kept_code: "Der Code einer Anmeldung",
    kept_code_how: "Bei der Anmeldung, die auf ihn wartet. Wer Ihren Token oder die geheime URL der Anmeldung hat, \
                    kann ihn lesen.",
    kept_code_long: "Bis die Anmeldung verfällt, meist fünf Minuten. Auf AWS wird die Datei mit ihm binnen zwei \
                     Tagen gelöscht; bis dahin zeigt das Relay sie niemandem.",
    kept_mail: "Arlos E-Mail",
    kept_mail_how: "Im Arbeitsspeicher, während sie gelesen wird. Auf AWS in einer Datei, die danach gelöscht wird.",
    kept_mail_long: "Sekunden. Misslingt das Lesen auf AWS, höchstens zwei Tage.",
    kept_other: "E-Mails an Ihre Relay-Adresse, die kein Code sind, etwa die Frage Ihres Anbieters",
    kept_other_how: "Von den neuesten drei: Absender, Betreff, Zeit, Links. Sonst nichts davon.",
    kept_other_long: "Eine Woche.",
    kept_counts: "Was aus Ihren E-Mails wurde",
    kept_counts_how: "Eine Anzahl und die Zeit der letzten, je Art.",
    kept_events: "Die letzten 50 Ereignisse",
    kept_events_how: "Was, wann, und aus welchem Netz (der erste Teil einer IP-Adresse, nie die ganze).",
    kept_names: "Der Name des Eintrags und ein Absender, der dafür ergänzt wurde, wo es das gibt",
    kept_names_how: "So, wie sie sind.",
    kept_joins: "Wie viele an einem Tag mitgemacht haben, insgesamt und aus jedem Netz",
    kept_joins_how: "Eine Anzahl und der erste Teil der IP-Adresse.",
    kept_joins_long: "Höchstens drei Tage",
    as_long_as_enrolled: "Solange Sie dabei sind",
    privacy_log: "Im Protokoll des Relays steht kein Code, kein Token, keine Relay-Adresse und kein Konto. Ihr \
                  Arlo-Passwort bekommt das Relay nie.",
    privacy_browser: "Diese Seiten setzen kein Cookie, speichern nichts in Ihrem Browser und laden nichts von \
                      anderswo.",
    privacy_operator_title: "Wer es lesen kann",
    privacy_operator: "Sie, mit Ihrem Token. Und der Betreiber dieses Relays: Wem die Maschine untersteht, der kann \
                       lesen, was gespeichert ist, und könnte Codes und E-Mails lesen, während sie durchlaufen. \
                       Machen Sie also nur mit, wo Sie dem Betreiber vertrauen.",
    privacy_operator_mail: "Der Betreiber kann einstellen, dass er von jeder E-Mail ohne Code eine Kopie bekommt, um \
                            Ihnen bei der Frage Ihres Anbieters zu helfen. Die Kopie wird gespeichert, bis sie \
                            verschickt ist, höchstens fünf Tage. E-Mails mit einem Code werden nicht kopiert.",
    privacy_backups: "Macht der Betreiber Sicherungskopien, so steht darin, was gespeichert ist, bis sie gelöscht \
                      werden, auch nachdem Sie ausgestiegen sind.",
    privacy_export_title: "Sehen, was gespeichert ist",
    privacy_export: "Melden Sie sich auf der Startseite an: Sie zeigt alles, was über Sie gespeichert ist. Für \
                     Programme gibt GET /status dasselbe als JSON.",
    privacy_erase_title: "Löschen lassen",
    privacy_erase: "Melden Sie sich an, und wählen Sie „Aussteigen“. Alles über Ihren Eintrag wird sofort gelöscht. \
                    Ein Eintrag, zu dem nie eine E-Mail kam, wird von selbst gelöscht.",
};
