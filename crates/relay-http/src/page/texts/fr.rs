//! French. The spaces before `:`, `;`, `?` and within `« »` are no-break spaces, as French has them.

use super::Texts;

pub(crate) const FR: Texts = Texts {
    languages: "Langue",
    to_start: "Accueil",
    privacy: "Confidentialité",
    api: "API",
    skip: "Aller au contenu",

    start_title: "Laissez vos programmes se connecter seuls à Arlo",
    start_lead: "Quand un programme se connecte, Arlo envoie un code à six chiffres par e-mail. Ce relais reçoit \
                 l’e-mail et remet le code à votre programme. Il ne voit jamais votre mot de passe Arlo.",
    arlo_off_title: "En ce moment, Arlo ne demande aucun code",
    arlo_off: "Depuis le 6 octobre 2026, Arlo n’a demandé de code à personne ; notre dernière information date du 15 \
               octobre. Tant que cela dure, aucun e-mail n’arrive et le mot de passe suffit : votre installation \
               n’est pas en cause. Elle fonctionnera le jour où Arlo redemandera un code.",
    join_title: "S’inscrire",
    join_email: "Adresse e-mail de votre compte Arlo",
    join_email_hint: "Celle avec laquelle vous vous connectez à Arlo. Seule son empreinte est enregistrée.",
    join_invitation: "Invitation",
    join_invitation_hint: "Ce qui suit « invitation= » dans le lien que vous avez reçu.",
    join_invite_only: "Il vous faut une invitation de l’exploitant de ce relais.",
    join_closed: "Sur ce relais, seul l’exploitant inscrit des membres. Demandez-lui de vous inscrire ; il le fait \
                  avec {command}. Vous recevrez un jeton d’accès et pourrez vous connecter ci-dessous.",
    join_button: "S’inscrire",
    sign_in_title: "Vous êtes déjà inscrit",
    sign_in_lead: "Consultez les e-mails arrivés et vos réglages, remplacez votre jeton ou partez.",
    sign_in_button: "Afficher mon inscription",

    joined_title: "Vous êtes inscrit",
    joined_lead: "Il reste deux choses à faire : faire arriver ici les e-mails d’Arlo, et donner les valeurs à votre \
                  programme.",
    values_title: "Vos valeurs",
    values_once: "Le jeton n’est affiché que maintenant. Enregistrez-le avant de quitter cette page.",
    values_secret: "Gardez-les pour vous : quiconque en possède une peut s’en servir.",
    value_account: "Compte Arlo",
    value_token: "Jeton d’accès",
    value_token_hint: "Votre programme le présente au relais.",
    value_address: "Adresse du relais",
    value_address_hint: "Les e-mails d’Arlo doivent arriver à cette adresse.",
    value_prestage: "URL de préparation",
    value_prestage_hint: "C’est là que votre programme annonce au relais qu’une connexion commence.",
    copy: "Copier",
    copied: "Copié",
    save: "Enregistrer dans un fichier",

    mail_title: "Faire arriver ici les e-mails d’Arlo",
    factor_title: "Le plus simple : ajouter l’adresse du relais à votre compte Arlo",
    factor_lead: "Arlo écrit alors directement au relais. Vous ne transférez rien.",
    factor_where: "Dans l’application Arlo, ouvrez votre profil, puis les paramètres de connexion, puis la \
                   vérification en deux étapes. Ajoutez cette adresse comme moyen supplémentaire de recevoir les \
                   codes par e-mail :",
    factor_first: "Arlo y envoie un code de confirmation. Appuyez d’abord sur le bouton : le code s’affichera sur \
                   cette page, et vous le saisirez chez Arlo.",
    factor_button: "Attendre le code d’Arlo",
    factor_off: "Tant qu’Arlo ne demande pas de code, l’application n’affiche pas ce réglage.",
    forward_title: "Ou transférer les e-mails d’Arlo depuis votre boîte",
    forward_lead: "Créez dans votre boîte une règle qui transfère les e-mails de {sender} à {address}. Voici ce que \
                   demande votre fournisseur :",
    asks_first: "{provider} demande d’abord à l’adresse du relais s’il peut transférer. Sa question et son lien \
                 s’affichent plus bas.",
    asks_nothing: "{provider} transfère tout de suite, sans poser de question.",
    asks_perhaps: "Si {provider} demande d’abord à l’adresse du relais s’il peut transférer, la question s’affiche \
                   plus bas.",
    gmail: "Ouvrez Paramètres, puis « Transfert et POP/IMAP », et ajoutez l’adresse du relais. Une fois celle-ci \
            confirmée, créez pour l’expéditeur un filtre avec « Transférer à ».",
    outlook: "Ouvrez Paramètres, puis Courrier, puis Règles. Choisissez « Rediriger vers », et non « Transférer à », \
              qui écrirait un nouvel e-mail. En entreprise, l’administrateur doit l’autoriser.",
    icloud: "Sur iCloud.com, ouvrez Mail, puis Réglages, puis Règles, et ajoutez une règle qui transfère les e-mails \
             de l’expéditeur.",
    yahoo: "Ouvrez Paramètres, puis Boîtes aux lettres, puis Transfert. C’est réservé à la formule payante.",
    fastmail: "Ouvrez Settings, puis « Filters & Rules », et ajoutez une règle avec « Send a copy to ».",
    proton: "Ouvrez Paramètres, puis Proton Mail, puis « Réponse automatique et transfert ». C’est réservé aux \
             formules payantes.",
    zoho: "Ouvrez Paramètres, puis Comptes de messagerie, puis Transferts, ou utilisez un filtre qui transfère. \
           Après le lien, Zoho demande votre mot de passe Zoho.",
    gmx: "Ouvrez E-mail, puis Paramètres, puis Règles de filtrage. Vous devez répondre à la question dans les 24 \
          heures.",
    alias: "Ajoutez l’adresse du relais comme boîte ou destinataire, et choisissez-la pour l’alias qu’Arlo connaît. \
            Ces services écrivent leur propre expéditeur : l’exploitant de ce relais doit l’ajouter à votre \
            inscription.",
    other_provider: "Cherchez « transfert », « filtres » ou « règles » dans les paramètres de votre boîte.",
    other_provider_name: "Un autre fournisseur",
    alias_name: "SimpleLogin, addy.io",
    questions_title: "Questions et autres e-mails",
    questions_none: "Aucune question n’est encore arrivée.",
    questions_caution: "Quiconque connaît l’adresse du relais peut y écrire. N’ouvrez un lien que si vous venez de \
                        configurer vous-même le transfert et que le lien mène à votre fournisseur.",
    question_from: "De {sender}, {time}",
    question_no_subject: "(sans objet)",
    question_link: "Ouvrir la page de {host}",
    question_code: "Code à saisir chez votre fournisseur",
    question_gmail: "Gmail demande s’il peut transférer",
    look_again: "Regarder de nouveau",
    looks_by_itself: "Cette page cherche les nouveautés d’elle-même.",
    looks_no_more: "Cette page ne cherche plus les nouveautés.",

    test_title: "Essayer",
    test_lead: "Envoyez au relais un e-mail qui ressemble à celui d’Arlo, et voyez-le arriver. Envoyez-le depuis \
                votre propre boîte, {account} : depuis une autre adresse, il ne compte pas comme le vôtre.",
    test_lead_signed: "Cette inscription ne prend un code que d’un e-mail qu’Arlo a lui-même signé. Commencez l’essai, \
                       connectez-vous à Arlo, et voyez le code arriver.",
    test_button: "Commencer l’essai",
    test_again: "Recommencer",
    test_waits: "Le relais attend un code jusqu’à {time}.",
    test_factor: "Ajoutez maintenant l’adresse du relais chez Arlo, ou connectez-vous à Arlo : son code s’affiche \
                  aussi ici.",
    test_alone: "Ne laissez aucun programme se connecter entre-temps : son code pourrait arriver ici à sa place.",
    test_send: "Écrire l’e-mail d’essai",
    test_copy: "Ou envoyez ce texte dans un e-mail à {address} :",
    test_subject: "Objet",
    test_came: "Cela fonctionne : le code {code} est arrivé {seconds} secondes après le début.",
    test_came_untimed: "Cela fonctionne : le code {code} est arrivé.",
    test_expected: "C’est le code de l’e-mail d’essai.",
    test_another: "Ce n’est pas le code de l’e-mail d’essai : il vient donc d’Arlo. Saisissez-le là où Arlo le \
                   demande.",
    test_conflict: "Un e-mail contenait deux nombres différents qui pourraient être le code. Aucun n’a donc été \
                    pris. Recommencez.",
    test_over: "Le temps est écoulé, et aucun code n’est arrivé. Voyez ci-dessous quel e-mail est arrivé et pourquoi \
                il a été refusé, puis recommencez.",

    clients_title: "Donner les valeurs à votre programme",
    clients_lead: "Copiez les lignes de votre programme. Elles contiennent votre jeton : gardez-les pour vous.",
    client_hass: "Home Assistant (hass-aarlo)",
    client_hass_note: "Mettez ceci dans configuration.yaml, avec votre mot de passe Arlo, et redémarrez Home \
                       Assistant. Ne le configurez pas dans l’interface : Arlo y serait prié d’envoyer un SMS. \
                       hass-aarlo 0.8.1.22 ne se connecte que tant qu’Arlo demande des codes.",
    client_pyaarlo: "pyaarlo",
    client_pyaarlo_note: "À partir de la version 0.8.0.24, il se connecte, qu’Arlo demande des codes ou non.",
    client_port: "pyaarlo et hass-aarlo ne joignent un relais que sur le port 80 ou 443, et celui-ci en a un autre. \
                  Demandez à son exploitant.",
    client_scrypted: "Scrypted",
    client_scrypted_note: "Scrypted ne peut pas appeler un relais. Lancez ces lignes, connectez-vous dans Scrypted, \
                           et saisissez le code qu’elles affichent.",
    client_script: "Un script, avec curl",
    client_script_note: "Ces lignes affichent le code de la connexion que vous commencez pendant qu’elles attendent. \
                         Il faut curl 7.76 ou plus récent.",
    client_command: "arlo-relay login",
    client_command_note: "Il demande votre mot de passe Arlo et garde la session pour la prochaine fois.",

    status_title: "Ce qui est arrivé",
    status_page_title: "Votre inscription",
    status_none: "Aucun e-mail n’est encore arrivé.",
    status_last_mail: "Dernier e-mail",
    status_last_code: "Dernier code remis à une connexion",
    status_since: "Inscrit le",
    status_rotated: "Jeton remplacé le",
    status_id: "Nom public",
    never: "jamais",
    status_removed: "Aucun e-mail n’est arrivé pour cette inscription. Si cela reste ainsi, elle sera supprimée le \
                     {date}.",
    status_taken: "Pris",
    status_refused: "Non pris, et pourquoi",
    status_refused_none: "Aucun e-mail n’a été refusé.",
    column_what: "Ce qui s’est passé",
    column_count: "Fois",
    column_last: "Dernière fois",
    column_when: "Quand",
    column_network: "Depuis le réseau",
    events_title: "Les derniers événements",
    events_lead: "50 au plus. Vérifiez si quelque chose ne venait pas de vous.",
    mail_code_delivered: "Un code a été remis à une connexion",
    mail_nothing_waiting: "Un code est arrivé, et aucune connexion ne l’attendait",
    mail_duplicate: "Un e-mail est arrivé une seconde fois",
    mail_conflicting_codes: "Un e-mail contenait deux codes différents",
    mail_forwarding_confirmation: "Un fournisseur a demandé s’il peut transférer",
    mail_no_code: "Arlo a écrit, sans code",
    mail_not_from_arlo: "Un e-mail ne venait pas d’Arlo",
    mail_forwarded_by_another: "Un code est venu d’une adresse qui n’est pas celle du compte",
    mail_not_signed: "Un code est venu sans la signature d’Arlo",
    mail_too_complex: "Un e-mail était trop lourd à lire",
    event_enrolled: "L’inscription a été faite",
    event_prestaged: "Une connexion a été annoncée",
    event_wrong_token: "Quelqu’un a utilisé un jeton qui n’est plus valable",
    event_token_replaced: "Le jeton a été remplacé",
    event_address_replaced: "L’adresse du relais a été remplacée",
    event_suspended: "L’exploitant a suspendu l’inscription",
    event_resumed: "L’exploitant a rétabli l’inscription",

    rotate_title: "Remplacer le jeton",
    rotate_text: "Faites-le si quelqu’un d’autre peut connaître le jeton. L’ancien cesse aussitôt d’être valable : \
                  vos programmes ont besoin du nouveau. L’adresse du relais reste la même.",
    rotate_button: "Remplacer le jeton",
    rotated_title: "Votre nouveau jeton",
    rotated_lead: "L’ancien jeton n’est plus valable. Donnez le nouveau à vos programmes.",
    leave_title: "Partir",
    leave_text: "Tout ce qui concerne cette inscription est supprimé.",
    leave_button: "Partir…",
    leave_confirm_title: "Voulez-vous partir ?",
    leave_confirm_text: "Le jeton et l’adresse du relais cessent aussitôt d’être valables, et personne ne peut les \
                         rétablir. Retirez d’abord l’adresse du relais de votre compte Arlo, ou la règle de votre \
                         boîte : sinon, le code d’Arlo irait à une adresse qui n’existe plus.",
    leave_now: "Partir maintenant",
    leave_stay: "Rester",
    left_title: "Vous êtes parti",
    left_text: "Tout ce qui concerne l’inscription est supprimé. Vous pouvez vous réinscrire à tout moment, avec de \
                nouvelles valeurs.",

    error_title: "Cela n’a pas fonctionné",
    error_address: "Ce n’est pas une adresse e-mail de la forme nom@domaine. Veuillez la vérifier.",
    error_token: "Ce jeton n’appartient pas à ce compte, ou il n’est plus valable.",
    error_no_token: "Veuillez saisir le jeton d’accès. Il commence par « arelay_ ».",
    error_closed: "Sur ce relais, seul l’exploitant inscrit des membres. Veuillez vous adresser à lui.",
    error_invitation: "Cette invitation n’est pas valable : elle est mal saisie, épuisée ou trop ancienne. \
                       Demandez-en une nouvelle.",
    error_full: "Ce relais n’accepte pas de nouveaux membres en ce moment. Demandez à son exploitant.",
    error_too_often: "C’était trop souvent. Veuillez réessayer dans {seconds} secondes.",
    error_too_many: "Trop de personnes se sont inscrites aujourd’hui, depuis votre réseau ou en tout. Veuillez \
                     réessayer demain.",
    error_away: "Le relais ne peut pas le faire en ce moment. Veuillez réessayer plus tard.",
    error_form: "Le relais ne comprend pas ce formulaire. Veuillez recommencer depuis l’accueil.",
    error_form_old: "Cette page est restée ouverte trop longtemps. Votre saisie est conservée : veuillez appuyer de \
                     nouveau sur le bouton.",
    error_form_used: "Ce formulaire a déjà été envoyé, et vous êtes inscrit. Connectez-vous ci-dessous avec le jeton \
                      que vous avez reçu. Si vous ne l’avez pas enregistré, inscrivez-vous de nouveau.",
    error_elsewhere: "Le formulaire venait d’un autre site, ou cette page n’a pas été ouverte à l’adresse propre du \
                      relais. Son exploitant règle cette adresse avec --public-url.",

    privacy_title: "Ce que ce relais sait de vous",
    privacy_lead: "Le relais a besoin de l’e-mail d’Arlo pendant quelques secondes. Il en garde le moins possible.",
    privacy_kept: "Ce qui est enregistré",
    privacy_what: "Quoi",
    privacy_how: "Comment",
    privacy_how_long: "Combien de temps",
    kept_account: "L’adresse de votre compte Arlo",
    kept_account_how: "Seulement son empreinte (HMAC-SHA-256) avec une clé de ce relais. On ne peut pas la retrouver \
                       ; qui a la clé peut vérifier une supposition.",
    kept_token: "Votre jeton d’accès",
    kept_token_how: "Seulement son empreinte (SHA-256).",
    kept_address: "Votre adresse du relais",
    kept_address_how: "Pas du tout. Elle se prouve elle-même, et le relais peut la calculer.",
    kept_code: "Le code d’une connexion",
    kept_code_how: "Avec la connexion qui l’attend. Qui a votre jeton ou l’URL secrète de la connexion peut le lire.",
    kept_code_long: "Jusqu’à l’expiration de la connexion, cinq minutes d’ordinaire. Sur AWS, le fichier qui le \
                     contient est supprimé dans les deux jours ; d’ici là, le relais ne le montre à personne.",
    kept_mail: "L’e-mail d’Arlo",
    kept_mail_how: "En mémoire pendant sa lecture. Sur AWS, dans un fichier supprimé ensuite.",
    kept_mail_long: "Quelques secondes. Si la lecture échoue sur AWS, deux jours au plus.",
    kept_other: "Les e-mails à votre adresse du relais qui ne sont pas un code, comme la question de votre \
                 fournisseur",
    kept_other_how: "Des trois derniers : expéditeur, objet, heure, liens. Rien d’autre.",
    kept_other_long: "Une semaine.",
    kept_counts: "Ce que sont devenus vos e-mails",
    kept_counts_how: "Un nombre et l’heure du dernier, pour chaque sorte.",
    kept_events: "Les 50 derniers événements",
    kept_events_how: "Quoi, quand et depuis quel réseau (le début d’une adresse IP, jamais l’adresse entière).",
    kept_names: "Le nom de l’inscription, et un expéditeur ajouté pour elle, s’il y en a",
    kept_names_how: "Tels quels.",
    kept_joins: "Combien se sont inscrits en un jour, en tout et depuis chaque réseau",
    kept_joins_how: "Un nombre, et le début de l’adresse IP.",
    kept_joins_long: "Trois jours au plus",
    as_long_as_enrolled: "Tant que vous êtes inscrit",
    privacy_log: "Le journal du relais ne contient ni code, ni jeton, ni adresse du relais, ni compte. Le relais ne \
                  reçoit jamais votre mot de passe Arlo.",
    privacy_browser: "Ces pages ne déposent aucun cookie, n’enregistrent rien dans votre navigateur et ne chargent \
                      rien d’ailleurs.",
    privacy_operator_title: "Qui peut le lire",
    privacy_operator: "Vous, avec votre jeton. Et l’exploitant de ce relais : qui administre la machine peut lire ce \
                       qui est enregistré, et pourrait lire les codes et les e-mails à leur passage. Ne vous \
                       inscrivez donc que là où vous faites confiance à l’exploitant.",
    privacy_operator_mail: "L’exploitant peut choisir de recevoir une copie de chaque e-mail sans code, pour vous \
                            aider à répondre à votre fournisseur. La copie est gardée jusqu’à son envoi, cinq jours \
                            au plus. Les e-mails avec un code ne sont pas copiés.",
    privacy_backups: "Si l’exploitant fait des sauvegardes, elles contiennent ce qui est enregistré jusqu’à leur \
                      suppression, même après votre départ.",
    privacy_export_title: "Voir ce qui est enregistré",
    privacy_export: "Connectez-vous depuis l’accueil : tout ce qui est enregistré à votre sujet s’affiche. Pour les \
                     programmes, GET /status donne la même chose en JSON.",
    privacy_erase_title: "Le faire supprimer",
    privacy_erase: "Connectez-vous et choisissez « Partir ». Tout ce qui concerne votre inscription est supprimé \
                    aussitôt. Une inscription pour laquelle aucun e-mail n’est jamais arrivé est supprimée \
                    d’elle-même.",
};
