"""What mail programs, ticket systems and chat windows write around a message, by language.

One entry a language; `phrases` gives a column of all of them, since the language of a message is told only
after its furniture is gone, and a Telugu customer's phone may well be set to English. To add a language,
add an entry. Every phrase is read as `service.text.mail_lines.key` writes a line: case, width and repeated
signs do not matter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

Phrases = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """One language's phrases."""

    sender: Phrases
    """Labels of the header lines of a quoted mail: From, then Sent, To, Cc and Subject."""
    sent: Phrases
    to: Phrases
    subject: Phrases
    wrote: Phrases
    """Ends an attribution: "On ... Maria <maria@example.com> wrote:"."""
    wrote_by: Phrases = ()
    """Stands inside an attribution, before the name: "Am ... schrieb Maria <maria@example.com>:"."""
    original: Phrases
    """Between dashes: below stands the mail that is answered."""
    forwarded: Phrases
    """Between dashes or before a colon: below stands a mail passed on."""
    sent_from: Phrases
    """A phone's signature; the star stands for words that name one of DEVICES."""
    closings: Phrases
    """A line that ends a letter."""
    thanks: Phrases
    """A line that ends a letter only where a name follows."""
    disclaimer: Phrases
    """Begins a confidentiality notice."""
    disclaimer_part: Phrases
    """Two of these in a last paragraph make it a notice."""
    footer: Phrases
    """Begins a line that a virus scanner or a mail program appends."""
    reply_above: Phrases
    notice: Phrases
    """In a line at the top, makes it one a mail gateway or a ticket system put there."""
    ticket: Phrases
    """The ticket, and what the line says of it at its end: "Ticket #123 has been created"."""
    ticket_done: Phrases
    greetings: Phrases
    """Begins a chatbot's first line, which ends with or is its offer to help."""
    offers: Phrases
    agents: Phrases
    """Who speaks for the company in a chat transcript, and who does not."""
    customers: Phrases


FURNITURE: dict[str, Furniture] = {
    "en": Furniture(
        sender=("From",),
        sent=("Sent", "Date"),
        to=("To", "Cc", "Reply-To"),
        subject=("Subject",),
        wrote=("wrote",),
        original=("Original Message", "Original Mail", "Original Email"),
        forwarded=("Forwarded message", "Begin forwarded message", "Forwarded Mail", "Forwarded by"),
        sent_from=("Sent from *", "Sent via *", "Sent using *", "Sent with *", "Get Outlook for *"),
        closings=(
            "Regards", "Best regards", "Kind regards", "Warm regards", "With regards",
            "Thanks and regards", "Thanks & regards", "Yours sincerely", "Yours faithfully",
            "Yours truly", "Sincerely", "Sincerely yours", "Best wishes", "Best", "Cheers",
            "Respectfully", "Many thanks and regards",
        ),
        thanks=(
            "Thanks", "Thank you", "Many thanks", "Thanks in advance", "Thank you in advance", "Thx",
        ),
        disclaimer=(
            "Confidentiality notice", "Disclaimer", "Legal notice", "This email and any attachments",
            "This e-mail and any attachments", "This email and any files", "This e-mail and any files",
            "This message and any attachments", "This email is confidential",
            "This e-mail is confidential", "This email is intended", "This e-mail is intended",
            "This message is intended", "The information contained in this",
            "The contents of this email", "The information in this email",
            "This message contains confidential",
        ),
        disclaimer_part=(
            "intended solely for", "intended recipient", "received this email in error",
            "received this e-mail in error", "received this message in error", "confidential",
            "privileged", "strictly prohibited", "delete this message", "delete it from your system",
        ),
        footer=(
            "Virus-free", "This email has been checked for viruses", "This email has been scanned",
            "Scanned by", "Please consider the environment before printing",
            "This message has been scanned for viruses", "Think before you print",
        ),
        reply_above=("reply above this line", "type your reply above", "write above this line"),
        notice=(
            "this email originated from outside", "this message originated from outside",
            "this email was sent from outside", "do not click links or open attachments",
            "open attachments unless you recognize", "you don't often get email from",
            "to add additional comments, reply to this email", "please do not reply to this email",
            "this is an automated message", "this is an automatically generated", "chat started",
            "chat transcript", "conversation started",
        ),
        ticket=("ticket", "request", "case", "inquiry"),
        ticket_done=(
            "has been created", "has been received", "has been updated", "has been opened",
            "has been registered", "has been assigned", "was created",
            "has been received and is being reviewed by our support staff", "created successfully",
        ),
        greetings=(
            "Hi", "Hello", "Hey", "Welcome", "I'm", "I am", "Thank you for contacting",
            "Thanks for contacting", "Good morning",
        ),
        offers=(
            "how can i help you today", "how can i help you", "how may i help you", "how can i help",
            "how can we help you", "how may i assist you today", "how may i assist you",
            "how can i assist you today", "how can i assist you", "how can we help",
            "what can i do for you", "what can i help you with",
        ),
        agents=(
            "Agent", "Support", "Support agent", "Customer service", "Customer care",
            "Customer support", "Representative", "Advisor", "Operator", "Executive", "Bot", "Chatbot",
            "Assistant", "Virtual assistant", "System", "Live agent",
        ),
        customers=("Customer", "Client", "User", "Visitor", "Guest", "Caller", "Me"),
    ),
    "de": Furniture(
        sender=("Von",),
        sent=("Gesendet", "Datum", "Gesendet am"),
        to=("An", "Kopie"),
        subject=("Betreff",),
        wrote=("schrieb", "hat geschrieben", "schrieb am"),
        wrote_by=("schrieb",),
        original=("Ursprüngliche Nachricht", "Originalnachricht", "Original-Nachricht"),
        forwarded=(
            "Weitergeleitete Nachricht", "Anfang der weitergeleiteten Nachricht",
            "Anfang der weitergeleiteten E-Mail",
        ),
        sent_from=(
            "Von meinem * gesendet", "Gesendet von *", "Gesendet mit *",
            "Diese Nachricht wurde von * gesendet", "Holen Sie sich Outlook für *",
            "Outlook für * beziehen",
        ),
        closings=(
            "Mit freundlichen Grüßen", "Freundliche Grüße", "Viele Grüße", "Beste Grüße",
            "Liebe Grüße", "Mit freundlichem Gruß", "Mit besten Grüßen", "Hochachtungsvoll", "MfG",
            "LG", "VG", "Gruß",
        ),
        thanks=("Danke", "Vielen Dank", "Besten Dank", "Danke im Voraus", "Vielen Dank im Voraus"),
        disclaimer=(
            "Diese E-Mail enthält vertrauliche", "Diese Nachricht ist vertraulich",
            "Haftungsausschluss", "Diese E-Mail und alle Anhänge", "Der Inhalt dieser E-Mail",
            "Vertraulichkeitshinweis", "Diese E-Mail kann vertrauliche",
        ),
        disclaimer_part=(
            "vertraulich", "nicht der richtige adressat", "irrtümlich erhalten",
            "unbefugte weitergabe", "nicht gestattet", "vorgesehenen empfänger", "vernichten sie",
        ),
        footer=(
            "Virenfrei", "Diese E-Mail wurde von Avast", "Diese E-Mail wurde auf Viren",
            "Bitte denken Sie an die Umwelt",
        ),
        reply_above=(
            "antwort über dieser zeile", "antworten sie oberhalb dieser zeile",
            "ihre antwort oberhalb dieser zeile",
        ),
        notice=(
            "diese e-mail kommt von außerhalb", "diese e-mail stammt von einem externen",
            "dies ist eine automatisch", "bitte antworten sie nicht auf diese",
            "diese nachricht wurde automatisch", "chat gestartet", "chatverlauf",
        ),
        ticket=("ticket", "anfrage", "vorgang"),
        ticket_done=(
            "wurde erstellt", "ist eingegangen", "wurde eröffnet", "wurde angelegt",
            "wurde aktualisiert", "ist bei uns eingegangen",
        ),
        greetings=("Hallo", "Guten Tag", "Willkommen", "Ich bin", "Herzlich willkommen"),
        offers=(
            "wie kann ich ihnen helfen", "wie kann ich ihnen heute helfen", "wie kann ich dir helfen",
            "wie können wir ihnen helfen", "womit kann ich ihnen helfen", "was kann ich für sie tun",
        ),
        agents=(
            "Mitarbeiter", "Mitarbeiterin", "Kundenservice", "Kundendienst", "Kundenbetreuer",
            "Berater", "Beraterin", "Assistent",
        ),
        customers=("Kunde", "Kundin", "Besucher", "Gast", "Ich"),
    ),
    "es": Furniture(
        sender=("De",),
        sent=("Enviado", "Enviado el", "Fecha"),
        to=("Para", "A"),
        subject=("Asunto",),
        wrote=("escribió", "ha escrito"),
        original=("Mensaje original", "Correo original"),
        forwarded=("Mensaje reenviado", "Inicio del mensaje reenviado", "Forwarded message"),
        sent_from=(
            "Enviado desde *", "Enviado con *", "Obtener Outlook para *", "Descarga Outlook para *",
        ),
        closings=(
            "Saludos", "Saludos cordiales", "Un saludo", "Atentamente", "Cordialmente", "Atte",
            "Un cordial saludo", "Le saluda atentamente", "Reciba un cordial saludo", "Cordial saludo",
        ),
        thanks=("Gracias", "Muchas gracias", "Gracias de antemano", "Gracias y saludos"),
        disclaimer=(
            "Aviso de confidencialidad", "Aviso legal", "Este mensaje y sus archivos adjuntos",
            "Este correo electrónico y", "Este mensaje es confidencial", "Este mensaje va dirigido",
            "La información contenida en este",
        ),
        disclaimer_part=(
            "confidencial", "destinatario", "por error", "queda prohibida", "uso exclusivo",
            "elimine este mensaje", "notifíquelo",
        ),
        footer=(
            "Libre de virus", "Este correo ha sido analizado", "Antes de imprimir este",
            "El software de antivirus Avast", "Este correo electrónico ha sido comprobado",
        ),
        reply_above=(
            "escriba su respuesta por encima de esta línea", "responda por encima de esta línea",
            "su respuesta encima de esta línea",
        ),
        notice=(
            "este correo proviene de fuera", "este mensaje se originó fuera", "correo externo",
            "este es un mensaje automático", "por favor no responda a este", "chat iniciado",
            "transcripción del chat",
        ),
        ticket=("ticket", "solicitud", "caso", "reclamo", "reclamación", "consulta"),
        ticket_done=(
            "ha sido creado", "ha sido creada", "ha sido recibida", "ha sido recibido", "se ha creado",
            "ha sido registrado", "fue creado", "fue registrado",
        ),
        greetings=("Hola", "Bienvenido", "Bienvenida", "Buenos días", "Buenas tardes", "¡Hola", "Soy"),
        offers=(
            "en qué puedo ayudarte", "en qué puedo ayudarle", "cómo puedo ayudarte",
            "en qué te puedo ayudar", "cómo puedo ayudarle", "en qué puedo ayudarte hoy",
            "en qué puedo ayudarle hoy",
        ),
        agents=(
            "Agente", "Asesor", "Asesora", "Soporte", "Atención al cliente", "Operador", "Asistente",
            "Asistente virtual", "Ejecutivo", "Sistema",
        ),
        customers=("Cliente", "Usuario", "Visitante", "Yo"),
    ),
    "pt": Furniture(
        sender=("De",),
        sent=("Enviado", "Enviada", "Enviado em", "Enviada em", "Data"),
        to=("Para",),
        subject=("Assunto",),
        wrote=("escreveu",),
        original=("Mensagem original", "E-mail original"),
        forwarded=(
            "Mensagem encaminhada", "Mensagem reencaminhada", "Início da mensagem encaminhada",
            "Início da mensagem reencaminhada",
        ),
        sent_from=(
            "Enviado do *", "Enviado de *", "Enviado a partir *", "Enviado pelo *", "Enviado via *",
            "Obter o Outlook para *", "Obtenha o Outlook para *",
        ),
        closings=(
            "Atenciosamente", "Att", "Cumprimentos", "Com os melhores cumprimentos", "Cordialmente",
            "Melhores cumprimentos", "Abraços", "Abs", "Saudações", "Os meus cumprimentos",
        ),
        thanks=(
            "Obrigado", "Obrigada", "Muito obrigado", "Muito obrigada", "Grato", "Grata",
            "Desde já agradeço",
        ),
        disclaimer=(
            "Aviso de confidencialidade", "Aviso legal", "Esta mensagem e seus anexos",
            "Este e-mail e seus anexos", "Esta mensagem pode conter", "Esta mensagem é confidencial",
            "As informações contidas nesta",
        ),
        disclaimer_part=(
            "confidencial", "destinatário", "por engano", "por erro", "proibida", "uso exclusivo",
            "sigilo", "apague",
        ),
        footer=("Livre de vírus", "Este e-mail foi verificado", "Antes de imprimir", "Sem vírus"),
        reply_above=(
            "responda acima desta linha", "escreva a sua resposta acima desta linha",
            "digite sua resposta acima desta linha",
        ),
        notice=(
            "este e-mail foi enviado de fora", "este e-mail teve origem fora", "e-mail externo",
            "esta é uma mensagem automática", "não responda a este e-mail", "chat iniciado",
            "transcrição do chat",
        ),
        ticket=("ticket", "chamado", "solicitação", "protocolo", "pedido"),
        ticket_done=(
            "foi criado", "foi criada", "foi recebido", "foi recebida", "foi aberto", "foi registrado",
            "foi atualizado",
        ),
        greetings=("Olá", "Oi", "Bem-vindo", "Bem-vinda", "Bom dia", "Sou", "Eu sou"),
        offers=(
            "como posso ajudar", "como posso ajudá-lo", "em que posso ajudar", "como posso te ajudar",
            "como posso ajudar você hoje", "em que posso ajudá-lo", "como posso te ajudar hoje",
        ),
        agents=(
            "Agente", "Atendente", "Assistente", "Suporte", "Operador", "Consultor", "Sistema",
            "Atendimento",
        ),
        customers=("Cliente", "Usuário", "Utilizador", "Visitante", "Eu"),
    ),
    "fr": Furniture(
        sender=("De", "Expéditeur"),
        sent=("Envoyé", "Date", "Envoyé le"),
        to=("À", "A", "Destinataire"),
        subject=("Objet", "Sujet"),
        wrote=("a écrit",),
        original=("Message d'origine", "Message original", "Message d’origine", "Courriel original"),
        forwarded=(
            "Message transféré", "Début du message transféré", "Message réexpédié",
            "Début du message réexpédié",
        ),
        sent_from=(
            "Envoyé de *", "Envoyé depuis *", "Envoyé à partir *", "Envoyé avec *", "Provenance : *",
            "Obtenez Outlook pour *", "Obtenir Outlook pour *", "Télécharger Outlook pour *",
        ),
        closings=(
            "Cordialement", "Bien cordialement", "Sincères salutations", "Salutations",
            "Salutations distinguées", "Respectueusement", "Meilleures salutations", "Cdt", "Cdlt",
            "Bien à vous",
        ),
        thanks=("Merci", "Merci d'avance", "Merci beaucoup", "Avec mes remerciements"),
        disclaimer=(
            "Avis de confidentialité", "Ce message et ses pièces jointes",
            "Ce message et toutes les pièces jointes", "Ce courriel et ses pièces",
            "Ce message est confidentiel", "Les informations contenues dans ce", "Mentions légales",
        ),
        disclaimer_part=(
            "confidentiel", "destinataire", "par erreur", "interdite", "usage exclusif",
            "veuillez le détruire", "le supprimer",
        ),
        footer=(
            "Sans virus", "Garanti sans virus", "L'absence de virus", "Avant d'imprimer",
            "Pensez à l'environnement",
        ),
        reply_above=("répondez au-dessus de cette ligne", "votre réponse au-dessus de cette ligne"),
        notice=(
            "ce message provient de l'extérieur", "cet e-mail provient de l'extérieur",
            "courriel externe", "ceci est un message automatique", "merci de ne pas répondre à ce",
            "chat démarré", "transcription du chat",
        ),
        ticket=("ticket", "demande", "dossier", "requête"),
        ticket_done=(
            "a été créé", "a été créée", "a bien été créé", "a bien été reçue", "a été reçue",
            "a été enregistrée", "a bien été enregistrée", "a été ouvert",
        ),
        greetings=("Bonjour", "Bonsoir", "Bienvenue", "Je suis", "Salut"),
        offers=(
            "comment puis-je vous aider", "en quoi puis-je vous aider", "comment puis-je t'aider",
            "que puis-je faire pour vous", "comment puis-je vous aider aujourd'hui",
            "comment pouvons-nous vous aider",
        ),
        agents=(
            "Agent", "Conseiller", "Conseillère", "Service client", "Assistance", "Opérateur",
            "Assistant", "Assistant virtuel", "Système",
        ),
        customers=("Client", "Cliente", "Utilisateur", "Visiteur", "Moi"),
    ),
    "tr": Furniture(
        sender=("Kimden", "Gönderen"),
        sent=("Gönderildi", "Gönderme tarihi", "Gönderilme", "Tarih", "Gönderim"),
        to=("Kime", "Alıcı", "Bilgi"),
        subject=("Konu",),
        wrote=("şunu yazdı", "şunları yazdı", "yazdı", "tarihinde yazdı"),
        original=("Orijinal İleti", "Orijinal Mesaj", "Özgün İleti", "Asıl ileti"),
        forwarded=(
            "Yönlendirilmiş ileti", "İletilen mesaj", "İletilmiş ileti",
            "Yönlendirilen ileti başlangıcı", "Forwarded message",
        ),
        sent_from=(
            "*dan gönderildi", "*den gönderildi", "*tan gönderildi", "*ten gönderildi",
            "*dan gönderilmiştir", "*için Outlook'u edinin", "Outlook for * edinin",
        ),
        closings=(
            "Saygılarımla", "Saygılar", "İyi günler", "İyi çalışmalar", "Selamlar", "Sevgiler",
            "Kolay gelsin", "Saygılarımızla", "Saygılarımı sunarım",
        ),
        thanks=("Teşekkürler", "Teşekkür ederim", "Şimdiden teşekkürler", "Teşekkür ederiz"),
        disclaimer=(
            "Bu e-posta ve ekleri", "Bu mesaj ve ekleri", "Gizlilik bildirimi", "Yasal uyarı",
            "Bu elektronik posta", "Bu e-posta mesajı",
        ),
        disclaimer_part=(
            "gizli", "alıcısı değilseniz", "yanlışlıkla", "yasaktır", "kişiye özel", "siliniz",
            "sorumluluk kabul",
        ),
        footer=("Virüs bulunmuyor", "Bu e-posta virüslere karşı", "Yazdırmadan önce"),
        reply_above=(
            "yanıtınızı bu satırın üzerine yazın", "bu satırın üzerine yanıt",
            "cevabınızı bu satırın üstüne",
        ),
        notice=(
            "bu e-posta kurum dışından", "bu e-posta kuruluş dışından", "bu otomatik bir mesajdır",
            "lütfen bu e-postayı yanıtlamayın", "sohbet başladı", "sohbet dökümü",
        ),
        ticket=("talep", "talebiniz", "bilet", "kayıt", "başvurunuz"),
        ticket_done=("oluşturuldu", "oluşturulmuştur", "alındı", "alınmıştır", "açıldı"),
        greetings=("Merhaba", "Hoş geldiniz", "Ben", "Selam"),
        offers=(
            "size nasıl yardımcı olabilirim", "nasıl yardımcı olabilirim",
            "size bugün nasıl yardımcı olabilirim", "size nasıl yardımcı olabiliriz",
        ),
        agents=(
            "Temsilci", "Müşteri temsilcisi", "Müşteri hizmetleri", "Destek", "Asistan",
            "Sanal asistan", "Sistem", "Operatör",
        ),
        customers=("Müşteri", "Kullanıcı", "Ziyaretçi", "Ben"),
    ),
    "id": Furniture(
        sender=("Dari",),
        sent=("Dikirim", "Terkirim", "Tanggal", "Dikirim pada"),
        to=("Kepada", "Ke", "Untuk"),
        subject=("Perihal", "Subjek", "Judul", "Hal"),
        wrote=("menulis", "tulis"),
        original=("Pesan Asli", "Pesan Asal", "Email Asli"),
        forwarded=("Pesan terusan", "Pesan yang diteruskan", "Pesan diteruskan", "Forwarded message"),
        sent_from=(
            "Dikirim dari *", "Terkirim dari *", "Dikirim melalui *", "Dapatkan Outlook untuk *",
            "Unduh Outlook untuk *",
        ),
        closings=("Salam", "Hormat saya", "Salam hormat", "Hormat kami", "Salam hangat", "Wassalam"),
        thanks=(
            "Terima kasih", "Terimakasih", "Makasih", "Terima kasih sebelumnya",
            "Terima kasih dan salam",
        ),
        disclaimer=(
            "Email ini dan lampirannya", "Pesan ini bersifat rahasia", "Email ini bersifat rahasia",
            "Informasi yang terkandung dalam", "Pemberitahuan kerahasiaan",
        ),
        disclaimer_part=(
            "rahasia", "penerima yang dituju", "dilarang", "hapus email ini", "karena kesalahan",
            "penerima yang dimaksud", "menghapusnya",
        ),
        footer=("Bebas virus", "Email ini telah dipindai", "Sebelum mencetak"),
        reply_above=(
            "balas di atas baris ini", "ketik balasan anda di atas baris ini",
            "tulis balasan anda di atas garis ini",
        ),
        notice=(
            "email ini berasal dari luar", "email eksternal", "ini adalah pesan otomatis",
            "mohon tidak membalas email ini", "chat dimulai", "transkrip obrolan", "obrolan dimulai",
        ),
        ticket=("tiket", "permintaan", "laporan", "pengaduan"),
        ticket_done=(
            "telah dibuat", "telah diterima", "sudah dibuat", "telah terdaftar", "berhasil dibuat",
        ),
        greetings=("Halo", "Hai", "Selamat datang", "Selamat pagi", "Selamat siang", "Saya"),
        offers=(
            "ada yang bisa saya bantu", "apa yang bisa saya bantu", "ada yang bisa kami bantu",
            "bagaimana saya bisa membantu anda", "ada yang bisa dibantu", "apa yang bisa kami bantu",
        ),
        agents=("Agen", "Petugas", "Layanan pelanggan", "Admin", "CS", "Asisten", "Sistem", "Operator"),
        customers=("Pelanggan", "Nasabah", "Pengguna", "Pengunjung", "Konsumen", "Saya"),
    ),
    "ar": Furniture(
        sender=("من", "المرسل"),
        sent=("تاريخ الإرسال", "أرسلت", "التاريخ", "تم الإرسال", "أُرسلت", "تم الإرسال في"),
        to=("إلى", "نسخة", "المستلم"),
        subject=("الموضوع",),
        wrote=("كتب", "كتبت", "كتب ما يلي", "كتب التالي"),
        wrote_by=("تمت كتابة ما يلي بواسطة", "كتب"),
        original=("الرسالة الأصلية", "رسالة أصلية"),
        forwarded=(
            "رسالة محولة", "رسالة مُحوّلة", "رسالة معاد توجيهها", "بداية الرسالة المحولة",
            "الرسالة المُعاد توجيهها",
        ),
        sent_from=(
            "أُرسلت من *", "أرسلت من *", "تم الإرسال من *", "مرسل من *", "مُرسل من *",
            "الحصول على Outlook *", "احصل على Outlook *",
        ),
        closings=(
            "مع التحية", "تحياتي", "مع خالص التحية", "وتفضلوا بقبول فائق الاحترام", "مع أطيب التحيات",
            "والسلام عليكم", "مع فائق الاحترام", "مع تحياتي", "ودمتم",
        ),
        thanks=(
            "شكرا", "شكراً", "شكرا لكم", "شكراً لكم", "شكرا جزيلا", "مع الشكر", "وشكرا", "جزيل الشكر",
        ),
        disclaimer=(
            "هذه الرسالة ومرفقاتها", "إخلاء مسؤولية", "هذا البريد الإلكتروني وأي", "إشعار السرية",
            "هذه الرسالة سرية", "هذا البريد الإلكتروني ومرفقاته",
        ),
        disclaimer_part=(
            "سرية", "المرسل إليه", "عن طريق الخطأ", "بطريق الخطأ", "يحظر", "المستلم المقصود", "حذفها",
        ),
        footer=("خالٍ من الفيروسات", "خالي من الفيروسات", "تم فحص هذا البريد"),
        reply_above=("اكتب ردك فوق هذا السطر", "الرد فوق هذا السطر", "يرجى كتابة ردك أعلى هذا السطر"),
        notice=(
            "هذا البريد الإلكتروني من خارج", "هذه الرسالة من خارج", "بريد خارجي", "هذه رسالة آلية",
            "هذه رسالة تلقائية", "يرجى عدم الرد على هذا", "بدأت المحادثة", "نص المحادثة",
        ),
        ticket=("تذكرة", "التذكرة", "تذكرتك", "طلبك", "الطلب", "شكواك", "البلاغ"),
        ticket_done=("تم إنشاؤها", "تم إنشاؤه", "تم استلامه", "تم استلامها", "تم فتحها", "بنجاح"),
        greetings=("مرحبا", "مرحباً", "أهلا", "أهلاً", "السلام عليكم", "أنا"),
        offers=(
            "كيف يمكنني مساعدتك", "كيف أستطيع مساعدتك", "كيف يمكننا مساعدتك", "كيف أقدر أساعدك",
            "كيف يمكنني مساعدتك اليوم", "كيف أساعدك",
        ),
        agents=(
            "الموظف", "موظف", "الوكيل", "خدمة العملاء", "الدعم", "المساعد", "النظام", "ممثل الخدمة",
        ),
        customers=("العميل", "الزبون", "المستخدم", "الزائر", "أنا"),
    ),
    "hi": Furniture(
        sender=("प्रेषक", "से", "द्वारा"),
        sent=("भेजा गया", "दिनांक", "तारीख", "भेजने की तारीख"),
        to=("प्रति", "प्राप्तकर्ता", "को", "सेवा में"),
        subject=("विषय",),
        wrote=("ने लिखा", "ने लिखा है", "लिखा"),
        original=("मूल संदेश", "मूल मेल"),
        forwarded=("अग्रेषित संदेश", "फॉरवर्ड किया गया संदेश", "अग्रेषित मेल"),
        sent_from=("*से भेजा गया", "*से भेजा गया है", "*के लिए Outlook प्राप्त करें"),
        closings=(
            "भवदीय", "भवदीया", "सादर", "आपका", "धन्यवाद सहित", "सधन्यवाद", "प्रार्थी", "निवेदक",
            "सादर धन्यवाद",
        ),
        thanks=("धन्यवाद", "शुक्रिया", "बहुत धन्यवाद", "धन्यवाद।"),
        disclaimer=(
            "यह ईमेल और इसके", "अस्वीकरण", "गोपनीयता सूचना", "यह ईमेल गोपनीय", "यह संदेश गोपनीय",
            "इस ईमेल में निहित",
        ),
        disclaimer_part=("गोपनीय", "प्राप्तकर्ता", "गलती से", "हटा दें", "सख्त मना", "निषिद्ध"),
        footer=("वायरस-मुक्त", "वायरस मुक्त", "इस ईमेल की वायरस"),
        reply_above=(
            "इस पंक्ति के ऊपर अपना उत्तर लिखें", "इस लाइन के ऊपर जवाब", "इस पंक्ति के ऊपर उत्तर",
        ),
        notice=(
            "यह ईमेल संगठन के बाहर से", "बाहरी ईमेल", "यह एक स्वचालित संदेश",
            "कृपया इस ईमेल का उत्तर न दें", "चैट शुरू",
        ),
        ticket=("टिकट", "अनुरोध", "शिकायत", "मामला"),
        ticket_done=(
            "बनाया गया है", "बना दिया गया है", "बनाई गई है", "प्राप्त हुआ है", "दर्ज किया गया है",
            "दर्ज कर ली गई है", "दर्ज की गई है", "प्राप्त हो गया है",
        ),
        greetings=("नमस्ते", "नमस्कार", "स्वागत", "मैं", "हेलो"),
        offers=(
            "मैं आपकी कैसे मदद कर सकता हूँ", "मैं आपकी क्या मदद कर सकता हूँ",
            "मैं आपकी कैसे मदद कर सकती हूँ", "मैं आपकी क्या सहायता कर सकता हूँ",
            "हम आपकी कैसे मदद कर सकते हैं", "मैं आपकी क्या मदद कर सकती हूँ",
            "मैं आपकी कैसे सहायता कर सकता हूँ",
        ),
        agents=("एजेंट", "प्रतिनिधि", "ग्राहक सेवा", "सहायक", "बॉट", "सपोर्ट", "सिस्टम"),
        customers=("ग्राहक", "उपभोक्ता", "उपयोगकर्ता", "मैं"),
    ),
    "ne": Furniture(
        sender=("प्रेषक", "बाट"),
        sent=("पठाइएको", "मिति", "पठाएको मिति"),
        to=("प्राप्तकर्ता", "लाई"),
        subject=("विषय",),
        wrote=("ले लेख्नुभयो", "ले लेखे", "ले लेख्यो", "ले लेख्नुभएको", "लेख्नुभयो"),
        original=("मूल सन्देश", "मूल इमेल", "सुरुको सन्देश"),
        forwarded=("फर्वार्ड गरिएको सन्देश", "अग्रेषित सन्देश", "पठाइएको सन्देश"),
        sent_from=(
            "*बाट पठाइएको", "*बाट पठाइएको हो", "*बाट पठाएको", "*का लागि Outlook प्राप्त गर्नुहोस्",
        ),
        closings=("भवदीय", "निवेदक", "आदरपूर्वक", "सादर", "तपाईंको", "हार्दिक अभिवादन सहित"),
        thanks=("धन्यवाद", "धेरै धन्यवाद", "धन्यवाद सहित"),
        disclaimer=("यो इमेल र यसका", "गोपनीयता सूचना", "यो इमेल गोप्य", "यो सन्देश गोप्य"),
        disclaimer_part=("गोप्य", "गोपनीय", "प्राप्तकर्ता", "गल्तीले", "मेटाउनुहोस्", "निषेध"),
        footer=("भाइरस-मुक्त", "भाइरसमुक्त", "यो इमेल भाइरस"),
        reply_above=("यस रेखाभन्दा माथि जवाफ", "यो लाइनभन्दा माथि", "यस लाइन माथि आफ्नो जवाफ"),
        notice=(
            "यो इमेल संस्था बाहिरबाट", "बाहिरी इमेल", "यो स्वचालित सन्देश",
            "कृपया यो इमेलको जवाफ नदिनुहोस्", "च्याट सुरु",
        ),
        ticket=("टिकट", "अनुरोध", "गुनासो", "उजुरी"),
        ticket_done=(
            "सिर्जना गरिएको छ", "दर्ता भएको छ", "प्राप्त भएको छ", "बनाइएको छ", "दर्ता गरिएको छ",
        ),
        greetings=("नमस्ते", "नमस्कार", "स्वागत", "म"),
        offers=(
            "म तपाईंलाई कसरी मद्दत गर्न सक्छु", "म तपाईंलाई कसरी सहयोग गर्न सक्छु",
            "कसरी सहयोग गर्न सक्छु", "के सहयोग गर्न सक्छु", "कसरी मद्दत गर्न सक्छु",
        ),
        agents=("एजेन्ट", "प्रतिनिधि", "ग्राहक सेवा", "सहायक", "बट", "प्रणाली"),
        customers=("ग्राहक", "सेवाग्राही", "प्रयोगकर्ता", "म"),
    ),
    "bn": Furniture(
        sender=("প্রেরক", "থেকে", "হতে"),
        sent=("প্রেরিত", "পাঠানো হয়েছে", "তারিখ"),
        to=("প্রতি", "প্রাপক", "বরাবর"),
        subject=("বিষয়",),
        wrote=("লিখেছেন", "লিখেছে", "লিখলেন"),
        original=("মূল বার্তা", "আসল বার্তা", "মূল মেসেজ"),
        forwarded=("ফরওয়ার্ড করা বার্তা", "ফরোয়ার্ড করা মেসেজ", "অগ্রেষিত বার্তা"),
        sent_from=("*থেকে পাঠানো", "*থেকে পাঠানো হয়েছে", "*থেকে প্রেরিত", "*জন্য Outlook পান"),
        closings=(
            "ধন্যবাদান্তে", "বিনীত", "নিবেদক", "শুভেচ্ছান্তে", "শ্রদ্ধাসহ", "ইতি", "শুভেচ্ছা সহ",
            "আপনার বিশ্বস্ত",
        ),
        thanks=("ধন্যবাদ", "অনেক ধন্যবাদ", "আগাম ধন্যবাদ"),
        disclaimer=(
            "এই ইমেল এবং", "এই ইমেইল এবং", "গোপনীয়তা বিজ্ঞপ্তি", "এই বার্তাটি গোপনীয়",
            "এই ইমেইলটি গোপনীয়", "দাবিত্যাগ",
        ),
        disclaimer_part=("গোপনীয়", "প্রাপক", "ভুলক্রমে", "ভুল করে", "মুছে ফেলুন", "নিষিদ্ধ"),
        footer=("ভাইরাস-মুক্ত", "ভাইরাসমুক্ত", "এই ইমেইলটি ভাইরাস"),
        reply_above=("এই লাইনের উপরে আপনার উত্তর", "এই লাইনের উপরে উত্তর"),
        notice=(
            "এই ইমেইলটি প্রতিষ্ঠানের বাইরে", "বাহ্যিক ইমেইল", "এটি একটি স্বয়ংক্রিয় বার্তা",
            "এই ইমেইলের উত্তর দেবেন না", "চ্যাট শুরু",
        ),
        ticket=("টিকিট", "টিকেট", "অনুরোধ", "অভিযোগ"),
        ticket_done=(
            "তৈরি করা হয়েছে", "তৈরি হয়েছে", "গৃহীত হয়েছে", "গ্রহণ করা হয়েছে", "নিবন্ধিত হয়েছে",
        ),
        greetings=("হ্যালো", "নমস্কার", "স্বাগতম", "আসসালামু আলাইকুম", "আমি", "হাই"),
        offers=(
            "আমি আপনাকে কীভাবে সাহায্য করতে পারি", "আমি কীভাবে সাহায্য করতে পারি",
            "কীভাবে সাহায্য করতে পারি", "কিভাবে সাহায্য করতে পারি", "কীভাবে আপনাকে সাহায্য করতে পারি",
        ),
        agents=("এজেন্ট", "প্রতিনিধি", "গ্রাহক সেবা", "সহকারী", "বট", "সিস্টেম"),
        customers=("গ্রাহক", "ক্রেতা", "ব্যবহারকারী", "আমি"),
    ),
    "te": Furniture(
        sender=("నుండి", "వీరి నుండి", "పంపినవారు", "ప్రేషకుడు"),
        sent=("పంపినది", "పంపబడింది", "పంపిన తేదీ", "తేదీ", "పంపిన సమయం"),
        to=("కు", "వీరికి", "గ్రహీత", "స్వీకర్త"),
        subject=("విషయం", "విషయము"),
        wrote=("ఇలా రాశారు", "ఇలా వ్రాశారు", "రాశారు", "వ్రాశారు", "ఇలా రాసారు"),
        original=("అసలు సందేశం", "అసలైన సందేశం", "మూల సందేశం"),
        forwarded=("ఫార్వార్డ్ చేసిన సందేశం", "ఫార్వర్డ్ చేసిన సందేశం", "ఫార్వార్డ్ చేయబడిన సందేశం"),
        sent_from=(
            "*నుండి పంపబడింది", "*నుంచి పంపబడింది", "*నుండి పంపించబడింది", "*నుండి పంపినది",
            "*కోసం Outlook పొందండి",
        ),
        closings=(
            "ఇట్లు", "భవదీయుడు", "భవదీయురాలు", "మీ విధేయుడు", "మీ విధేయురాలు", "శుభాకాంక్షలతో",
            "నమస్కారాలతో", "గౌరవంతో",
        ),
        thanks=("ధన్యవాదాలు", "ధన్యవాదములు", "కృతజ్ఞతలు", "ముందుగా ధన్యవాదాలు", "ధన్యవాదాలతో"),
        disclaimer=(
            "ఈ ఇమెయిల్ మరియు", "గోప్యతా నోటీసు", "గోప్యత ప్రకటన", "ఈ సందేశం గోప్యమైనది",
            "ఈ ఇమెయిల్ గోప్యమైనది", "నిరాకరణ",
        ),
        disclaimer_part=("గోప్య", "ఉద్దేశించిన", "గ్రహీత", "పొరపాటున", "తొలగించండి", "నిషేధించ"),
        footer=("వైరస్ రహితం", "వైరస్-రహితం", "ఈ ఇమెయిల్ వైరస్"),
        reply_above=(
            "ఈ గీతకు పైన మీ సమాధానం", "ఈ లైన్ పైన మీ సమాధానం", "ఈ పంక్తి పైన మీ సమాధానం",
            "ఈ లైన్‌కు పైన మీ సమాధానం",
        ),
        notice=(
            "ఈ ఇమెయిల్ సంస్థ వెలుపల", "ఈ ఇమెయిల్ బయటి", "బాహ్య ఇమెయిల్", "ఇది ఆటోమేటిక్ సందేశం",
            "ఇది స్వయంచాలక సందేశం", "దయచేసి ఈ ఇమెయిల్‌కు సమాధానం ఇవ్వవద్దు", "చాట్ ప్రారంభ",
        ),
        ticket=("టికెట్", "టిక్కెట్", "అభ్యర్థన", "ఫిర్యాదు"),
        ticket_done=(
            "సృష్టించబడింది", "నమోదైంది", "నమోదు చేయబడింది", "స్వీకరించబడింది", "అందింది",
            "క్రియేట్ అయింది",
        ),
        greetings=("నమస్తే", "నమస్కారం", "స్వాగతం", "హలో", "నేను", "హాయ్"),
        offers=(
            "నేను మీకు ఎలా సహాయపడగలను", "మీకు ఎలా సహాయపడగలను", "నేను మీకు ఎలా సహాయం చేయగలను",
            "మీకు ఎలా సహాయం చేయగలను", "నేను ఎలా సహాయం చేయగలను", "ఎలా సహాయపడగలను",
            "ఈరోజు మీకు ఎలా సహాయం చేయగలను",
        ),
        agents=(
            "ఏజెంట్", "ప్రతినిధి", "కస్టమర్ కేర్", "కస్టమర్ సర్వీస్", "సహాయకుడు", "బాట్", "సపోర్ట్",
            "సిస్టమ్",
        ),
        customers=("కస్టమర్", "వినియోగదారుడు", "వినియోగదారు", "ఖాతాదారు", "నేను"),
    ),
    "ta": Furniture(
        sender=("அனுப்புநர்", "அனுப்பியவர்", "இருந்து"),
        sent=("அனுப்பப்பட்டது", "அனுப்பியது", "தேதி", "அனுப்பிய தேதி"),
        to=("பெறுநர்", "பெறுபவர்"),
        subject=("பொருள்", "தலைப்பு"),
        wrote=("எழுதியது", "எழுதினார்", "எழுதியுள்ளார்", "எழுதியவை"),
        original=("அசல் செய்தி", "மூலச் செய்தி", "மூல செய்தி"),
        forwarded=("முன்னனுப்பிய செய்தி", "அனுப்பப்பட்ட செய்தி", "முன்னனுப்பப்பட்ட செய்தி"),
        sent_from=(
            "*இலிருந்து அனுப்பப்பட்டது", "*இருந்து அனுப்பப்பட்டது", "*மூலம் அனுப்பப்பட்டது",
            "*Outlook பெறுங்கள்",
        ),
        closings=(
            "இப்படிக்கு", "தங்கள் உண்மையுள்ள", "அன்புடன்", "மரியாதையுடன்", "வாழ்த்துகளுடன்",
            "வணக்கத்துடன்",
        ),
        thanks=("நன்றி", "மிக்க நன்றி", "நன்றிகள்", "முன்கூட்டியே நன்றி", "நன்றியுடன்"),
        disclaimer=(
            "இந்த மின்னஞ்சல் மற்றும்", "இரகசியத்தன்மை அறிவிப்பு", "பொறுப்புத் துறப்பு",
            "இந்த மின்னஞ்சல் இரகசியமானது", "இந்தச் செய்தி இரகசியமானது",
        ),
        disclaimer_part=("இரகசிய", "ரகசிய", "பெறுநர்", "தவறுதலாக", "நீக்கிவிடவும்", "தடைசெய்யப்பட்ட"),
        footer=("வைரஸ் இல்லாதது", "இந்த மின்னஞ்சல் வைரஸ்"),
        reply_above=("இந்த வரிக்கு மேலே உங்கள் பதிலை", "இந்த வரிக்கு மேல்"),
        notice=(
            "இந்த மின்னஞ்சல் நிறுவனத்திற்கு வெளியே", "வெளிப்புற மின்னஞ்சல்",
            "இது ஒரு தானியங்கி செய்தி", "இந்த மின்னஞ்சலுக்கு பதிலளிக்க வேண்டாம்", "அரட்டை தொடங்க",
        ),
        ticket=("டிக்கெட்", "கோரிக்கை", "புகார்"),
        ticket_done=(
            "உருவாக்கப்பட்டது", "உருவாக்கப்பட்டுள்ளது", "பெறப்பட்டது", "பதிவு செய்யப்பட்டது",
            "பதிவு செய்யப்பட்டுள்ளது",
        ),
        greetings=("வணக்கம்", "வரவேற்கிறோம்", "நான்", "ஹலோ"),
        offers=(
            "நான் உங்களுக்கு எப்படி உதவ முடியும்", "உங்களுக்கு எப்படி உதவ முடியும்", "எப்படி உதவலாம்",
            "நான் எப்படி உதவ முடியும்", "நான் உங்களுக்கு எவ்வாறு உதவ முடியும்",
        ),
        agents=("முகவர்", "பிரதிநிதி", "வாடிக்கையாளர் சேவை", "உதவியாளர்", "பாட்", "அமைப்பு"),
        customers=("வாடிக்கையாளர்", "பயனர்", "நான்"),
    ),
    "zh": Furniture(
        sender=("发件人", "寄件者", "寄件人", "發件人"),
        sent=("发送时间", "发送日期", "日期", "时间", "傳送時間", "寄件日期", "發送時間", "時間"),
        to=("收件人", "收件者", "抄送", "副本"),
        subject=("主题", "主旨", "主題"),
        wrote=("写道", "寫道", "写到", "寫到"),
        original=("原始邮件", "原邮件", "邮件原件", "原始郵件", "原始信件"),
        forwarded=(
            "转发的邮件", "转发邮件", "轉寄郵件", "已转发的邮件", "以下是转发的邮件", "轉寄的郵件",
            "转发邮件信息",
        ),
        sent_from=(
            "发自*", "發自*", "发送自*", "从我的*发送", "從我的*傳送", "获取 Outlook*",
            "取得 Outlook*", "获取适用于*Outlook",
        ),
        closings=("此致", "敬礼", "敬禮", "顺颂商祺", "祝好", "此致敬礼", "顺祝商祺", "祝商祺", "敬上"),
        thanks=("谢谢", "謝謝", "多谢", "感谢", "非常感谢"),
        disclaimer=(
            "本邮件及其附件", "本电子邮件", "免责声明", "保密声明", "本郵件及其附件", "此邮件及其附件",
            "本邮件含有", "此邮件仅供",
        ),
        disclaimer_part=(
            "保密信息", "机密", "收件人", "错误地收到", "误收", "严禁", "删除本邮件", "未经授权",
            "机密信息",
        ),
        footer=("无病毒", "此邮件已通过", "打印前请考虑环境"),
        reply_above=("请在此行上方回复", "请在此线以上回复", "请在这一行上方输入", "請在此行上方回覆"),
        notice=(
            "此邮件来自组织外部", "此邮件来自外部", "外部邮件", "这是一封自动", "此邮件为系统自动",
            "系统自动发送", "请勿直接回复", "请勿回复此邮件", "聊天开始", "会话开始",
        ),
        ticket=("工单", "请求", "案件", "投诉", "單號", "工單"),
        ticket_done=("已创建", "已受理", "已收到", "已建立", "已提交", "创建成功"),
        greetings=("您好", "你好", "欢迎", "我是", "亲", "Hi"),
        offers=(
            "有什么可以帮您", "有什么可以帮助您的", "请问有什么可以帮您", "有什么可以帮您的吗",
            "请问有什么可以帮您的", "有什么可以帮助您", "有什么可以帮您的", "请问需要什么帮助",
            "请问有什么可以帮到您",
        ),
        agents=(
            "客服", "坐席", "人工客服", "在线客服", "机器人", "智能客服", "系统", "专员", "商家",
            "客服人员",
        ),
        customers=("客户", "用户", "顾客", "买家", "访客", "客戶", "我"),
    ),
}  # fmt: skip

DEVICES: Phrases = (
    "iphone", "ipad", "android", "samsung", "galaxy", "huawei", "xiaomi", "redmi", "oppo", "vivo",
    "realme", "oneplus", "nokia", "motorola", "pixel", "blackberry", "windows", "ios", "mobile",
    "phone", "smartphone", "handy", "celular", "móvil", "telemóvel", "telefon", "téléphone",
    "portable", "ponsel", "hp saya", "outlook", "yahoo", "gmail", "proton", "qq邮箱", "网易", "手机",
    "手機", "mail for", "mail für", "correo para", "courrier pour", "e-mail para", "posta", "मोबाइल",
    "फोन", "फ़ोन", "ఫోన్", "మొబైల్", "ఐఫోన్", "ফোন", "মোবাইল", "போன்", "மொபைல்", "هاتف", "الهاتف",
    "جوال", "آيفون", "आईफोन", "आईफ़ोन", "मोबाईल", "আইফোন", "ஐபோன்",
)  # fmt: skip
"""What a phone's signature names."""

EXTERNAL: Phrases = (
    "external", "extern", "externo", "externa", "externe", "eksternal", "harici", "dış", "خارجي",
    "बाहरी", "बाह्य", "বাহ্যিক", "బాహ్య", "வெளி", "外部", "外部邮件", "외부",
)  # fmt: skip
"""In brackets before the text: a mail gateway's mark."""


@cache
def phrases(column: str) -> Phrases:
    """The column's phrases of all languages, longest first, each once."""
    found: set[str] = set()
    for furniture in FURNITURE.values():
        found.update(getattr(furniture, column))
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))
