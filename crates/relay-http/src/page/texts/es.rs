//! Spanish.

use super::Texts;

pub(crate) const ES: Texts = Texts {
    languages: "Idioma",
    to_start: "Inicio",
    privacy: "Privacidad",
    api: "API",
    skip: "Ir al contenido",

    start_title: "Deje que sus programas inicien sesión en Arlo por sí solos",
    start_lead: "Cuando un programa inicia sesión, Arlo envía por correo un código de seis cifras. Este relé recibe \
                 el correo y entrega el código a su programa. Nunca ve su contraseña de Arlo.",
    arlo_off_title: "En este momento, Arlo no pide códigos",
    arlo_off: "Desde el 6 de octubre de 2026, Arlo no ha pedido un código a nadie; nuestra última noticia es del 15 \
               de octubre. Mientras siga así, no llega ningún correo y basta la contraseña: su configuración está \
               bien. Funcionará el día en que Arlo vuelva a pedirlos.",
    join_title: "Unirse",
    join_email: "Dirección de correo de su cuenta de Arlo",
    join_email_hint: "La que usa para iniciar sesión en Arlo. Solo se guarda su resumen criptográfico.",
    join_invitation: "Invitación",
    join_invitation_hint: "Lo que sigue a «invitation=» en el enlace que recibió.",
    join_invite_only: "Necesita una invitación del operador de este relé.",
    join_closed: "En este relé, solo el operador da de alta a los miembros. Pídaselo; lo hace con {command}. \
                  Recibirá un token de acceso y podrá entrar más abajo.",
    join_button: "Unirse",
    sign_in_title: "Ya se ha unido",
    sign_in_lead: "Vea qué correos han llegado y sus ajustes, cambie el token o dese de baja.",
    sign_in_button: "Mostrar mi inscripción",

    joined_title: "Se ha unido",
    joined_lead: "Quedan dos cosas por hacer: que el correo de Arlo llegue aquí y dar los valores a su programa.",
    values_title: "Sus valores",
    values_once: "El token solo se muestra ahora. Guárdelo antes de salir de esta página.",
    values_secret: "No los comparta: quien tenga uno puede usarlo.",
    value_account: "Cuenta de Arlo",
    value_token: "Token de acceso",
    value_token_hint: "Su programa lo muestra al relé.",
    value_address: "Dirección del relé",
    value_address_hint: "El correo de Arlo tiene que llegar a esta dirección.",
    value_prestage: "URL de preparación",
    value_prestage_hint: "Aquí avisa su programa al relé de que empieza un inicio de sesión.",
    copy: "Copiar",
    copied: "Copiado",
    save: "Guardar en un archivo",

    mail_title: "Haga que el correo de Arlo llegue aquí",
    factor_title: "Lo más fácil: añadir la dirección del relé a su cuenta de Arlo",
    factor_lead: "Así Arlo escribe directamente al relé. No tiene que reenviar nada.",
    factor_where: "En la aplicación de Arlo, abra su perfil, luego los ajustes de inicio de sesión y luego la \
                   verificación en dos pasos. Añada esta dirección como otra forma de recibir códigos por correo:",
    factor_first: "Arlo envía allí un código para confirmarla. Pulse antes el botón: el código aparecerá en esta \
                   página y usted lo escribirá en Arlo.",
    factor_button: "Esperar el código de Arlo",
    factor_off: "Mientras Arlo no pida códigos, su aplicación no muestra este ajuste.",
    forward_title: "O reenvíe el correo de Arlo desde su buzón",
    forward_lead: "Cree en su buzón una regla que reenvíe el correo de {sender} a {address}. Esto es lo que pide su \
                   proveedor:",
    asks_first: "{provider} pregunta primero a la dirección del relé si puede reenviar. La pregunta y su enlace \
                 aparecen más abajo.",
    asks_nothing: "{provider} reenvía enseguida, sin preguntar.",
    asks_perhaps: "Si {provider} pregunta primero a la dirección del relé si puede reenviar, la pregunta aparece más \
                   abajo.",
    gmail: "Abra Configuración, luego «Reenvío y correo POP/IMAP», y añada la dirección del relé. Cuando esté \
            confirmada, cree para el remitente un filtro con «Reenviar a».",
    outlook: "Abra Configuración, luego Correo y luego Reglas. Elija «Redirigir a», no «Reenviar a», que escribiría \
              un correo nuevo. En una empresa, el administrador tiene que permitirlo.",
    icloud: "En iCloud.com abra Mail, luego Ajustes y luego Reglas, y añada una regla que reenvíe el correo del \
             remitente.",
    yahoo: "Abra Configuración, luego Buzones y luego Reenvío. Solo está en el plan de pago.",
    fastmail: "Abra Settings, luego «Filters & Rules», y añada una regla con «Send a copy to».",
    proton: "Abra Configuración, luego Proton Mail y luego «Respuesta automática y reenvío». Solo está en los planes \
             de pago.",
    zoho: "Abra Configuración, luego Cuentas de correo y luego Reenvíos, o use un filtro que reenvíe. Tras el \
           enlace, Zoho pide su contraseña de Zoho.",
    gmx: "Abra Correo, luego Configuración y luego Reglas de filtro. Tiene que responder a la pregunta en 24 horas.",
    alias: "Añada la dirección del relé como buzón o destinatario y elíjala para el alias que Arlo conoce. Estos \
            servicios escriben un remitente propio: el operador de este relé tiene que añadirlo a su inscripción.",
    other_provider: "Busque «reenvío», «filtros» o «reglas» en los ajustes de su buzón.",
    other_provider_name: "Otro proveedor",
    alias_name: "SimpleLogin, addy.io",
    questions_title: "Preguntas y otros correos",
    questions_none: "Aún no ha llegado ninguna pregunta.",
    questions_caution: "Cualquiera que conozca la dirección del relé puede escribirle. Abra un enlace solo si usted \
                        mismo acaba de configurar el reenvío y el enlace lleva a su proveedor.",
    question_from: "De {sender}, {time}",
    question_no_subject: "(sin asunto)",
    question_link: "Abrir la página de {host}",
    question_code: "Código que debe escribir en su proveedor",
    question_gmail: "Gmail pregunta si puede reenviar",
    look_again: "Mirar otra vez",
    looks_by_itself: "Esta página busca novedades por sí sola.",
    looks_no_more: "Esta página ha dejado de buscar novedades.",

    test_title: "Pruébelo",
    test_lead: "Envíe al relé un correo que se parece al de Arlo y vea cómo llega. Envíelo desde su propio buzón, \
                {account}: desde otra dirección no cuenta como suyo.",
    test_lead_signed: "Esta inscripción toma un código solo de un correo que el propio Arlo firmó. Empiece la prueba, inicie \
                       sesión en Arlo y vea cómo llega el código.",
    test_button: "Empezar la prueba",
    test_again: "Empezar de nuevo",
    test_waits: "El relé espera un código hasta {time}.",
    test_factor: "Añada ahora la dirección del relé en Arlo, o inicie sesión en Arlo: su código también aparece aquí.",
    test_alone: "No deje que ningún programa inicie sesión entretanto: su código podría llegar aquí.",
    test_send: "Escribir el correo de prueba",
    test_copy: "O envíe este texto en un correo a {address}:",
    test_subject: "Asunto",
    test_came: "Funciona: el código {code} llegó {seconds} segundos después de empezar.",
    test_came_untimed: "Funciona: llegó el código {code}.",
    test_expected: "Es el código del correo de prueba.",
    test_another: "No es el código del correo de prueba, así que viene de Arlo. Escríbalo donde Arlo lo pida.",
    test_conflict: "Un correo traía dos números distintos que podrían ser el código, así que no se tomó ninguno. \
                    Empiece de nuevo.",
    test_over: "Se acabó el tiempo y no llegó ningún código. Vea más abajo qué correo llegó y por qué se rechazó, y \
                empiece de nuevo.",

    clients_title: "Dé los valores a su programa",
    clients_lead: "Copie las líneas de su programa. Contienen su token: no las comparta.",
    client_hass: "Home Assistant (hass-aarlo)",
    client_hass_note: "Ponga esto en configuration.yaml, con su contraseña de Arlo, y reinicie Home Assistant. No lo \
                       configure en la interfaz: allí se pide a Arlo un SMS. hass-aarlo 0.8.1.22 solo inicia sesión \
                       mientras Arlo pide códigos.",
    client_pyaarlo: "pyaarlo",
    client_pyaarlo_note: "Desde la versión 0.8.0.24 inicia sesión tanto si Arlo pide códigos como si no.",
    client_port: "pyaarlo y hass-aarlo solo llegan a un relé en el puerto 80 o 443, y este tiene otro. Pregunte a su \
                  operador.",
    client_scrypted: "Scrypted",
    client_scrypted_note: "Scrypted no puede llamar a un relé. Ejecute estas líneas, inicie sesión en Scrypted y \
                           escriba el código que muestran.",
    client_script: "Un script, con curl",
    client_script_note: "Estas líneas muestran el código del inicio de sesión que usted empieza mientras esperan. \
                         Hace falta curl 7.76 o posterior.",
    client_command: "arlo-relay login",
    client_command_note: "Pide su contraseña de Arlo y guarda la sesión para la próxima vez.",

    status_title: "Qué ha llegado hasta ahora",
    status_page_title: "Su inscripción",
    status_none: "Aún no ha llegado ningún correo.",
    status_last_mail: "Último correo",
    status_last_code: "Último código que recibió un inicio de sesión",
    status_since: "Inscrito desde",
    status_rotated: "Token cambiado",
    status_id: "Nombre público",
    never: "nunca",
    status_removed: "No ha llegado ningún correo a esta inscripción. Si sigue así, se borrará el {date}.",
    status_taken: "Aceptado",
    status_refused: "No aceptado, y por qué",
    status_refused_none: "No se ha rechazado ningún correo.",
    column_what: "Qué pasó",
    column_count: "Veces",
    column_last: "Última vez",
    column_when: "Cuándo",
    column_network: "Desde la red",
    events_title: "Los últimos sucesos",
    events_lead: "50 como máximo. Mire si algo no fue cosa suya.",
    mail_code_delivered: "Un inicio de sesión recibió un código",
    mail_nothing_waiting: "Llegó un código y ningún inicio de sesión lo esperaba",
    mail_duplicate: "Un correo llegó por segunda vez",
    mail_conflicting_codes: "Un correo traía dos códigos distintos",
    mail_forwarding_confirmation: "Un proveedor preguntó si puede reenviar",
    mail_no_code: "Arlo escribió, y no había ningún código",
    mail_not_from_arlo: "Un correo no era de Arlo",
    mail_forwarded_by_another: "Un código llegó de una dirección que no es la de la cuenta",
    mail_not_signed: "Un código llegó sin la firma de Arlo",
    mail_too_complex: "Leer un correo costaba demasiado",
    event_enrolled: "Se hizo la inscripción",
    event_prestaged: "Se anunció un inicio de sesión",
    event_wrong_token: "Alguien usó un token que ya no es válido",
    event_token_replaced: "Se cambió el token",
    event_address_replaced: "Se cambió la dirección del relé",
    event_suspended: "El operador suspendió la inscripción",
    event_resumed: "El operador reanudó la inscripción",

    rotate_title: "Cambiar el token",
    rotate_text: "Hágalo si otra persona puede conocer el token. El antiguo deja de valer enseguida, así que sus \
                  programas necesitan el nuevo. La dirección del relé no cambia.",
    rotate_button: "Cambiar el token",
    rotated_title: "Su nuevo token",
    rotated_lead: "El token antiguo ya no vale. Dé el nuevo a sus programas.",
    leave_title: "Darse de baja",
    leave_text: "Se borra todo lo que hay sobre esta inscripción.",
    leave_button: "Darse de baja…",
    leave_confirm_title: "¿Quiere darse de baja?",
    leave_confirm_text: "El token y la dirección del relé dejan de valer enseguida, y nadie puede recuperarlos. \
                         Quite antes la dirección del relé de su cuenta de Arlo, o la regla de su buzón: si no, el \
                         código de Arlo iría a una dirección que ya no existe.",
    leave_now: "Darse de baja ahora",
    leave_stay: "Quedarse",
    left_title: "Se ha dado de baja",
    left_text: "Se ha borrado todo lo que había sobre la inscripción. Puede volver a unirse cuando quiera, con \
                valores nuevos.",

    error_title: "No ha funcionado",
    error_address: "No es una dirección de correo con la forma nombre@dominio. Revísela, por favor.",
    error_token: "Este token no es de esta cuenta, o ya no es válido.",
    error_no_token: "Escriba el token de acceso. Empieza por «arelay_».",
    error_closed: "En este relé, solo el operador da de alta a los miembros. Pregúntele.",
    error_invitation: "Esta invitación no es válida: está mal escrita, agotada o es demasiado antigua. Pida una \
                       nueva.",
    error_full: "Este relé no admite nuevos miembros en este momento. Pregunte a su operador.",
    error_too_often: "Ha sido demasiado a menudo. Inténtelo de nuevo dentro de {seconds} segundos.",
    error_too_many: "Hoy se han unido demasiados, desde su red o en total. Inténtelo de nuevo mañana.",
    error_away: "El relé no puede hacerlo en este momento. Inténtelo más tarde.",
    error_form: "El relé no entiende este formulario. Empiece de nuevo en la página de inicio.",
    error_form_old: "Esta página ha estado abierta demasiado tiempo. Lo que escribió sigue ahí: pulse el botón otra \
                     vez.",
    error_form_used: "Este formulario ya se envió, y con él se unió. Entre más abajo con el token que recibió. Si no \
                      lo guardó, únase de nuevo.",
    error_elsewhere: "El formulario se envió desde otro sitio, o esta página no se abrió en la dirección propia del \
                      relé. Su operador configura esa dirección con --public-url.",

    privacy_title: "Qué sabe este relé de usted",
    privacy_lead: "El relé necesita el correo de Arlo durante unos segundos. Guarda de él lo menos posible.",
    privacy_kept: "Qué se guarda",
    privacy_what: "Qué",
    privacy_how: "Cómo",
    privacy_how_long: "Cuánto tiempo",
    kept_account: "La dirección de su cuenta de Arlo",
    kept_account_how: "Solo como resumen (HMAC-SHA-256) con una clave de este relé. No se puede recuperar; quien \
                       tenga la clave puede comprobar una suposición.",
    kept_token: "Su token de acceso",
    kept_token_how: "Solo como resumen (SHA-256).",
    kept_address: "Su dirección del relé",
    kept_address_how: "No se guarda. Se prueba a sí misma, y el relé puede calcularla.",
    kept_code: "El código de un inicio de sesión",
    kept_code_how: "Con el inicio de sesión que lo espera. Quien tenga su token o la URL secreta del inicio de \
                    sesión puede leerlo.",
    kept_code_long: "Hasta que el inicio de sesión caduca, normalmente cinco minutos. En AWS, el archivo que lo \
                     contiene se borra en dos días; hasta entonces, el relé no lo muestra a nadie.",
    kept_mail: "El correo de Arlo",
    kept_mail_how: "En memoria mientras se lee. En AWS, en un archivo que se borra después.",
    kept_mail_long: "Segundos. Si falla su lectura en AWS, dos días como máximo.",
    kept_other: "El correo a su dirección del relé que no es un código, como la pregunta de su proveedor",
    kept_other_how: "De los tres últimos: remitente, asunto, hora y enlaces. Nada más.",
    kept_other_long: "Una semana.",
    kept_counts: "Qué pasó con su correo",
    kept_counts_how: "Un número y la hora del último, por cada tipo.",
    kept_events: "Los últimos 50 sucesos",
    kept_events_how: "Qué, cuándo y desde qué red (la primera parte de una dirección IP, nunca entera).",
    kept_names: "El nombre de la inscripción y un remitente añadido para ella, si los hay",
    kept_names_how: "Tal cual.",
    kept_joins: "Cuántos se unieron en un día, en total y desde cada red",
    kept_joins_how: "Un número y la primera parte de la dirección IP.",
    kept_joins_long: "Tres días como máximo",
    as_long_as_enrolled: "Mientras esté inscrito",
    privacy_log: "El registro del relé no contiene códigos, tokens, direcciones del relé ni cuentas. El relé nunca \
                  recibe su contraseña de Arlo.",
    privacy_browser: "Estas páginas no ponen cookies, no guardan nada en su navegador y no cargan nada de otros \
                      sitios.",
    privacy_operator_title: "Quién puede leerlo",
    privacy_operator: "Usted, con su token. Y el operador de este relé: quien administra la máquina puede leer lo \
                       que se guarda, y podría leer los códigos y el correo mientras pasan. Únase, pues, solo donde \
                       confíe en el operador.",
    privacy_operator_mail: "El operador puede elegir recibir una copia de cada correo sin código, para ayudarle con \
                            la pregunta de su proveedor. La copia se guarda hasta que se envía, cinco días como \
                            máximo. El correo con un código no se copia.",
    privacy_backups: "Si el operador hace copias de seguridad, contienen lo guardado hasta que se borran, también \
                      después de su baja.",
    privacy_export_title: "Ver qué se guarda",
    privacy_export: "Entre desde la página de inicio: muestra todo lo que se guarda sobre usted. Para programas, GET \
                     /status da lo mismo como JSON.",
    privacy_erase_title: "Hacer que se borre",
    privacy_erase: "Entre y elija «Darse de baja». Todo lo que hay sobre su inscripción se borra enseguida. Una \
                    inscripción a la que nunca llegó ningún correo se borra sola.",
};
