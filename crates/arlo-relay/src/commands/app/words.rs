//! What the app's page says, in the languages of the relay's own page.

/// The texts of one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) language: &'static str,
    pub(super) runs: &'static str,
    pub(super) does_not_run: &'static str,
    pub(super) no_account: &'static str,
    pub(super) lines_title: &'static str,
    pub(super) lines_lead: &'static str,
    pub(super) secret: &'static str,
    pub(super) mail_title: &'static str,
    pub(super) mail_by_mailbox: &'static str,
    pub(super) mail_by_forwarding: &'static str,
    pub(super) no_mail: &'static str,
}

const ALL: [Words; 4] = [
    Words {
        language: "en",
        runs: "The relay is running.",
        does_not_run: "The relay cannot serve. The tab Log says why.",
        no_account: "Enter the mail address of your Arlo login in the tab Configuration, then start the app again.",
        lines_title: "For hass-aarlo",
        lines_lead: "Paste these lines into configuration.yaml, with the password of your Arlo login.",
        secret: "Keep the lines secret: whoever has them can read the codes of your logins.",
        mail_title: "Arlo's mail",
        mail_by_mailbox: "The relay reads it in your mailbox. There is nothing to do.",
        mail_by_forwarding: "Let your mailbox forward mail from do_not_reply@arlo.com to this address, or name your \
                             mailbox in the tab Configuration:",
        no_mail: "No mail comes to the relay yet. Set your mailbox or a mail domain in the tab Configuration, then \
                  start the app again.",
    },
    Words {
        language: "de",
        runs: "Das Relay läuft.",
        does_not_run: "Das Relay kann nicht arbeiten. Der Reiter Protokoll nennt den Grund.",
        no_account: "Tragen Sie im Reiter Konfiguration die Mailadresse Ihres Arlo-Kontos ein, und starten Sie die App \
                     neu.",
        lines_title: "Für hass-aarlo",
        lines_lead: "Fügen Sie diese Zeilen in configuration.yaml ein, mit dem Passwort Ihres Arlo-Kontos.",
        secret: "Halten Sie die Zeilen geheim: Wer sie hat, kann die Codes Ihrer Anmeldungen lesen.",
        mail_title: "Arlos Mail",
        mail_by_mailbox: "Das Relay liest sie in Ihrem Postfach. Es ist nichts zu tun.",
        mail_by_forwarding: "Lassen Sie Ihr Postfach Mail von do_not_reply@arlo.com an diese Adresse weiterleiten, \
                             oder nennen Sie Ihr Postfach im Reiter Konfiguration:",
        no_mail: "Noch kommt keine Mail zum Relay. Nennen Sie im Reiter Konfiguration Ihr Postfach oder eine \
                  Maildomain, und starten Sie die App neu.",
    },
    Words {
        language: "fr",
        runs: "Le relais fonctionne.",
        does_not_run: "Le relais ne peut pas servir. L'onglet Journal dit pourquoi.",
        no_account: "Saisissez l'adresse de votre compte Arlo dans l'onglet Configuration, puis redémarrez \
                     l'application.",
        lines_title: "Pour hass-aarlo",
        lines_lead: "Collez ces lignes dans configuration.yaml, avec le mot de passe de votre compte Arlo.",
        secret: "Gardez ces lignes secrètes : qui les possède peut lire les codes de vos connexions.",
        mail_title: "Le courrier d'Arlo",
        mail_by_mailbox: "Le relais le lit dans votre boîte. Il n'y a rien à faire.",
        mail_by_forwarding: "Faites suivre le courrier de do_not_reply@arlo.com à cette adresse, ou indiquez votre \
                             boîte dans l'onglet Configuration :",
        no_mail: "Aucun courrier n'arrive encore au relais. Indiquez votre boîte ou un domaine de courrier dans \
                  l'onglet Configuration, puis redémarrez l'application.",
    },
    Words {
        language: "es",
        runs: "El relé funciona.",
        does_not_run: "El relé no puede servir. La pestaña Registro dice por qué.",
        no_account: "Escriba la dirección de su cuenta de Arlo en la pestaña Configuración y reinicie la aplicación.",
        lines_title: "Para hass-aarlo",
        lines_lead: "Pegue estas líneas en configuration.yaml, con la contraseña de su cuenta de Arlo.",
        secret: "Guarde estas líneas en secreto: quien las tenga puede leer los códigos de sus accesos.",
        mail_title: "El correo de Arlo",
        mail_by_mailbox: "El relé lo lee en su buzón. No hay nada que hacer.",
        mail_by_forwarding: "Haga que su buzón reenvíe el correo de do_not_reply@arlo.com a esta dirección, o indique \
                             su buzón en la pestaña Configuración:",
        no_mail: "Todavía no llega correo al relé. Indique su buzón o un dominio de correo en la pestaña \
                  Configuración y reinicie la aplicación.",
    },
];

impl Words {
    /// The first language of an `Accept-Language` that there is, else English. Browsers name the wished one first.
    pub(super) fn wished(header: &str) -> &'static Self {
        let [english, ..] = &ALL;
        let mut tags = header
            .split(',')
            .map(|tag| tag.split(['-', ';']).next().unwrap_or_default().trim());
        tags.find_map(|tag| ALL.iter().find(|words| words.language.eq_ignore_ascii_case(tag)))
            .unwrap_or(english)
    }
}
