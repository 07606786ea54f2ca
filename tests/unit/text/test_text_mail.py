import time

import pytest

from service.text import body

OWN = {
    "en": "I was charged twice for order 4411 and nobody answers my e-mails.",
    "te": "నా ఆర్డర్ 4411 కి రెండుసార్లు డబ్బు కట్ అయింది, ఎవరూ సమాధానం ఇవ్వడం లేదు.",
    "ne": "मेरो खाताबाट एउटै बिलको पैसा दुई पटक काटियो, कसैले जवाफ दिँदैन।",
    "hi": "मेरे कार्ड से एक ही बिल के दो बार पैसे कट गए और कोई जवाब नहीं देता।",
    "bn": "আমার কার্ড থেকে একই বিলের টাকা দুইবার কাটা হয়েছে, কেউ উত্তর দেয় না।",
    "ta": "ஒரே பில்லுக்கு இரண்டு முறை பணம் எடுக்கப்பட்டது, யாரும் பதில் சொல்லவில்லை.",
    "es": "Me han cobrado dos veces el mismo pedido y nadie contesta.",
    "pt": "Fui cobrado duas vezes pelo mesmo pedido e ninguém responde.",
    "fr": "On m'a débité deux fois la même commande et personne ne répond.",
    "de": "Mir wurde dieselbe Bestellung zweimal abgebucht, und niemand antwortet.",
    "ar": "تم خصم المبلغ مرتين لنفس الطلب ولا أحد يرد على رسائلي.",
    "id": "Saya ditagih dua kali untuk pesanan yang sama dan tidak ada yang menjawab.",
    "zh": "同一个订单扣了我两次款，到现在没有人回复我。",
    "tr": "Aynı sipariş için iki kez para çekildi ve kimse cevap vermiyor.",
}

REPLIES = {
    "en": "On Mon, Mar 4, 2024 at 10:22 AM Care <care@example.com> wrote:\n> How can we help?\n> Maria",
    "te": "సోమ, 4 మార్చి 2024న 10:22కి Care <care@example.com> ఇలా రాశారు:\n\n> నమస్తే, మీకు ఎలా సహాయం చేయగలం?",
    "ne": "सोम, २०२४ मार्च ४ तारिखका दिन १०:२२ बजे Care <care@example.com> ले लेख्नुभयो:\n> नमस्ते, के भयो?",
    "hi": "सोम, 4 मार्च 2024 को 10:22 am बजे को Care <care@example.com> ने लिखा:\n\n> नमस्ते, क्या हुआ?",
    "bn": "সোম, ৪ মার্চ, ২০২৪ তারিখে ১০:২২ AM টায় Care <care@example.com> লিখেছেন:\n\n> কী হয়েছে?",
    "ta": "திங்., 4 மார்., 2024, முற்பகல் 10:22 அன்று, Care <care@example.com> எழுதியது:\n\n> வணக்கம்",
    "es": "El lun, 4 mar 2024 a las 10:22, Ayuda (<care@example.com>) escribió:\n\nHola, ¿qué ha pasado?",
    "pt": "Em seg., 4 de mar. de 2024 às 10:22, Apoio <care@example.com> escreveu:\n\nOlá, o que aconteceu?",
    "fr": "Le lun. 4 mars 2024 à 10:22, Aide <care@example.com> a écrit :\n\nBonjour, que s'est-il passé ?",
    "de": "Am Mo., 4. März 2024 um 10:22 Uhr schrieb Service <care@example.com>:\n\nWas ist passiert?",
    "ar": "في الاثنين، 4 مارس 2024 في 10:22 ص تمت كتابة ما يلي بواسطة Care <care@example.com>:\n\nماذا حدث؟",
    "id": "Pada Sen, 4 Mar 2024 pukul 10.22 Care <care@example.com> menulis:\n\nAda masalah apa?",
    "zh": "客服 <care@example.com> 于2024年3月4日周一 10:22写道：\n\n您好，发生了什么事？",
    "tr": "Care <care@example.com>, 4 Mar 2024 Pzt, 10:22 tarihinde şunu yazdı:\n\nNe oldu?",
}

OUTLOOK = {
    "en": "From: Care <care@example.com>\nSent: Monday, 4 March 2024 10:22\nTo: Ravi\nSubject: RE: Order",
    "te": "నుండి: Care <care@example.com>\nపంపినది: 4 మార్చి 2024 10:22\nకు: Ravi\nవిషయం: RE: ఆర్డర్",
    "ne": "प्रेषक: Care <care@example.com>\nपठाइएको: 4 मार्च 2024\nप्राप्तकर्ता: Ravi\nविषय: बिल",
    "hi": "प्रेषक: Care <care@example.com>\nभेजा गया: 4 मार्च 2024 10:22\nप्रति: Ravi\nविषय: बिल",
    "bn": "প্রেরক: Care <care@example.com>\nপ্রেরিত: 4 মার্চ 2024\nপ্রাপক: Ravi\nবিষয়: বিল",
    "ta": "அனுப்புநர்: Care <care@example.com>\nஅனுப்பப்பட்டது: 4 மார்ச் 2024\nபெறுநர்: Ravi\nபொருள்: பில்",
    "es": "De: Care <care@example.com>\nEnviado el: lunes, 4 de marzo de 2024\nPara: Ana\nAsunto: RE: Pedido",
    "pt": "De: Care <care@example.com>\nEnviada em: segunda, 4 de março de 2024\nPara: Ana\nAssunto: RES",
    "fr": "De : Care <care@example.com>\nEnvoyé : lundi 4 mars 2024\nÀ : Anne\nObjet : RE: Commande",
    "de": "Von: Care <care@example.com>\nGesendet: Montag, 4. März 2024 10:22\nAn: Anna\nBetreff: AW: Order",
    "ar": "من: Care <care@example.com>\nتاريخ الإرسال: 4 مارس 2024\nإلى: Ali\nالموضوع: رد: الطلب",
    "id": "Dari: Care <care@example.com>\nDikirim: Senin, 4 Maret 2024\nKepada: Budi\nPerihal: RE: Pesanan",
    "zh": "发件人: 客服 <care@example.com>\n发送时间: 2024年3月4日 10:22\n收件人: 李\n主题: 回复: 订单",
    "tr": "Kimden: Care <care@example.com>\nGönderildi: 4 Mart 2024\nKime: Ali\nKonu: YNT: Sipariş",
}

SIGNATURES = {
    "en": "Kind regards,\nRavi Kumar\n+91 98765 43210\n\nSent from my iPhone",
    "te": "ఇట్లు,\nరవి కుమార్\n\nనా iPhone నుండి పంపబడింది",
    "ne": "भवदीय,\nराम बहादुर\n\nमेरो iPhone बाट पठाइएको",
    "hi": "धन्यवाद,\nरवि कुमार\n\nमेरे iPhone से भेजा गया",
    "bn": "ধন্যবাদান্তে,\nরহিম উদ্দিন\n\nআমার iPhone থেকে পাঠানো",
    "ta": "இப்படிக்கு,\nகுமார்\n\nஎனது iPhone இலிருந்து அனுப்பப்பட்டது",
    "es": "Un saludo,\nAna García\n\nEnviado desde mi iPhone",
    "pt": "Atenciosamente,\nAna Souza\n\nEnviado do meu iPhone",
    "fr": "Cordialement,\nAnne Martin\n\nEnvoyé de mon iPhone",
    "de": "Mit freundlichen Grüßen\nAnna Weber\n\nVon meinem iPhone gesendet",
    "ar": "مع التحية،\nعلي حسن\n\nأُرسلت من الـ iPhone",
    "id": "Salam,\nBudi Santoso\n\nDikirim dari iPhone saya",
    "zh": "此致\n敬礼\n李明\n\n发自我的iPhone",
    "tr": "Saygılarımla,\nAli Yılmaz\n\niPhone'umdan gönderildi",
}

NOTICES = {
    "en": "This e-mail and any attachments are confidential and intended solely for the addressee.\n"
    "If you have received this e-mail in error, delete it from your system.",
    "te": "ఈ ఇమెయిల్ మరియు జోడింపులు గోప్యమైనవి, ఉద్దేశించిన గ్రహీతకు మాత్రమే. పొరపాటున అందితే తొలగించండి.",
    "ne": "यो इमेल र यसका संलग्नकहरू गोप्य छन्। गल्तीले प्राप्त भएमा मेटाउनुहोस्।",
    "hi": "यह ईमेल और इसके संलग्नक गोपनीय हैं। यदि यह आपको गलती से मिला है तो कृपया इसे हटा दें।",
    "bn": "এই ইমেইল এবং সংযুক্তি গোপনীয়। ভুলক্রমে পেয়ে থাকলে মুছে ফেলুন।",
    "ta": "இந்த மின்னஞ்சல் மற்றும் இணைப்புகள் இரகசியமானவை. தவறுதலாகப் பெற்றிருந்தால் நீக்கிவிடவும்.",
    "es": "Este mensaje y sus archivos adjuntos son confidenciales. Si lo ha recibido por error, elimínelo.",
    "pt": "Esta mensagem e seus anexos são confidenciais; o conteúdo é confidencial e se destina ao "
    "destinatário. Se a recebeu por engano, apague-a.",
    "fr": "Ce message et ses pièces jointes sont confidentiels et réservés au destinataire. "
    "Si vous l'avez reçu par erreur, veuillez le détruire.",
    "de": "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, "
    "vernichten Sie diese Mail.",
    "ar": "هذه الرسالة ومرفقاتها سرية ومخصصة للمرسل إليه فقط. إذا وصلتك عن طريق الخطأ يرجى حذفها.",
    "id": "Email ini dan lampirannya bersifat rahasia. Jika bukan penerima yang dituju, hapus email ini.",
    "zh": "本邮件及其附件含有保密信息，仅限于发送给收件人。如果您错误地收到本邮件，请删除本邮件。",
    "tr": "Bu e-posta ve ekleri gizli olup kişiye özel olabilir. Alıcısı değilseniz lütfen siliniz.",
}

TICKETS = {
    "en": "Ticket #123 has been created",
    "te": "టికెట్ #123 సృష్టించబడింది",
    "ne": "टिकट #123 सिर्जना गरिएको छ",
    "hi": "टिकट #123 बनाया गया है।",
    "bn": "টিকিট #123 তৈরি করা হয়েছে",
    "ta": "டிக்கெட் #123 உருவாக்கப்பட்டது",
    "es": "Su solicitud #123 ha sido recibida.",
    "pt": "O chamado #123 foi criado.",
    "fr": "Votre demande n° 123 a été enregistrée.",
    "de": "Ihre Anfrage #123 ist bei uns eingegangen.",
    "ar": "التذكرة رقم 123 تم إنشاؤها",
    "id": "Tiket #123 telah dibuat.",
    "zh": "您的工单 #123 已创建",
    "tr": "Talebiniz #123 oluşturuldu.",
}

CHATS = {
    "en": "Agent Maria (10:02): Hello, how can I help you?\nCustomer (10:03): {}\nAgent Maria (10:05): Wait.",
    "te": "ఏజెంట్ (10:02): నమస్తే, మీకు ఎలా సహాయం చేయగలను?\nకస్టమర్ (10:03): {}\nఏజెంట్ (10:05): ఒక్క నిమిషం.",
    "ne": "एजेन्ट (10:02): नमस्ते, के सहयोग गर्न सक्छु?\nग्राहक (10:03): {}",
    "hi": "एजेंट (10:02): नमस्ते, मैं आपकी कैसे मदद कर सकता हूँ?\nग्राहक (10:03): {}",
    "bn": "এজেন্ট (10:02): হ্যালো, কীভাবে সাহায্য করতে পারি?\nগ্রাহক (10:03): {}",
    "ta": "முகவர் (10:02): வணக்கம், எப்படி உதவலாம்?\nவாடிக்கையாளர் (10:03): {}",
    "es": "[10:02] Agente Luis: Hola, ¿en qué puedo ayudarle?\n[10:03] Cliente: {}",
    "pt": "[10:02] Atendente: Olá, como posso ajudar?\n[10:03] Cliente: {}",
    "fr": "10:02 - Conseiller : Bonjour, comment puis-je vous aider ?\n10:03 - Client : {}",
    "de": "Mitarbeiterin Petra (10:02): Wie kann ich Ihnen helfen?\nKundin (10:03): {}",
    "ar": "خدمة العملاء (10:02): مرحبا، كيف يمكنني مساعدتك؟\nالعميل (10:03): {}",
    "id": "Agen (10:02): Halo, ada yang bisa saya bantu?\nPelanggan (10:03): {}",
    "zh": "客服（10:02）：您好，请问有什么可以帮您？\n客户（10:03）：{}",
    "tr": "Müşteri temsilcisi (10:02): Merhaba, size nasıl yardımcı olabilirim?\nMüşteri (10:03): {}",
}

LANGUAGES = sorted(OWN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answered_mail_is_left_out(language):
    assert body(f"{OWN[language]}\n\n{REPLIES[language]}\n").text == OWN[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_header_block_and_what_follows_is_left_out(language):
    older = "We have checked your account and see one payment only."
    for rule in ("", "_" * 32 + "\n"):
        assert body(f"{OWN[language]}\n\n{rule}{OUTLOOK[language]}\n\n{older}").text == OWN[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_passed_on_without_a_word_is_kept_without_its_header(language):
    assert body(f"{OUTLOOK[language]}\n\n{OWN[language]}").text == OWN[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_phone_signatures_at_the_end_are_left_out(language):
    assert body(f"{OWN[language]}\n\n{SIGNATURES[language]}").text == OWN[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_confidentiality_notice_at_the_end_is_left_out(language):
    for gap in ("\n\n", "\n", "\n\n---\n"):
        assert body(OWN[language] + gap + NOTICES[language]).text == OWN[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_ticket_lines_above_the_message_are_left_out(language):
    assert body(f"{TICKETS[language]}\n\n{OWN[language]}").text == OWN[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_chat_the_customers_lines_are_kept(language):
    assert body(CHATS[language].format(OWN[language])).text == OWN[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_with_everything_around_it_is_reduced_to_the_message(language):
    sent = "\r\n\r\n".join(
        (
            "[EXTERNAL] This email originated from outside of the organization.",
            TICKETS[language],
            OWN[language],
            SIGNATURES[language],
            NOTICES[language],
            REPLIES[language],
        )
    ).replace("\n", "\r\n")
    assert body(sent).text == OWN[language]


SEPARATED = [
    "-----Original Message-----\nFrom: Care\nSent: Monday\nTo: Ravi\nSubject: Order\n\nHello, what happened?",
    "-------- Ursprüngliche Nachricht --------\nVon: Care\nDatum: 04.03.24\nAn: Anna\nBetreff: Re\n\nHallo",
    "-----Mensaje original-----\nDe: Care\nEnviado: lunes\n\nHola",
    "-----原始邮件-----\n发件人: 客服\n发送时间: 2024年3月4日\n\n您好",
    "##- Please type your reply above this line -##\n\nYour request (#123) has been updated.",
    "On Mon, Mar 4, 2024 at 10:22 AM Customer Care with a long name\n<care@example.com> wrote:\n\nHello",
    "On 4 Mar 2024, at 10:22, Customer Care wrote:\n\n> Hello",
    "> Hello, thank you for writing to us. How can we help you today?\n> Maria",
]


@pytest.mark.parametrize("older", SEPARATED)
def test_the_mail_below_a_separator_is_left_out(older):
    assert body(f"{OWN['en']}\n\n{older}").text == OWN["en"]


def test_a_separator_run_into_the_line_still_separates():
    assert body(f"{OWN['en']} -----Original Message----- From: Care Hello").text == OWN["en"]
    assert body(f"{OWN['en']} Sent from my iPhone").text == OWN["en"]


def test_answers_between_and_below_quoted_lines_are_kept():
    sent = (
        "On Mon, Mar 4, 2024 at 10:22 AM Care <care@example.com> wrote:\n"
        "> Which order is it?\nOrder 4411.\n> What happened?\nI was charged twice.\n"
    )
    assert body(sent).text == "Order 4411.\nI was charged twice."


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------\nFrom: Shop <s@example.com>\nDate: Mon\nSubject: x\nTo: Ravi",
        "Begin forwarded message:\n\nFrom: Shop <s@example.com>\nSubject: x\nDate: 4 March 2024\nTo: Ravi",
        "---------- Mensaje reenviado ---------\nDe: Ana <s@example.com>\nFecha: lun\nAsunto: x\nPara: Ana",
    ],
)
def test_a_forwarded_mail_counts_where_the_customer_adds_nothing(mark):
    assert body(f"{mark}\n\n{OWN['en']}").text == OWN["en"]
    assert body(f"FYI\n\n{mark}\n\n{OWN['en']}").text == f"FYI\n\n\n{OWN['en']}"
    assert body(f"{OWN['en']}\n\n{mark}\n\nYour order is on its way.").text == OWN["en"]


def test_a_forwarded_mail_that_the_program_quoted_is_kept_without_the_signs():
    sent = "Begin forwarded message:\n\n> From: S <s@example.com>\n> Subject: x\n> Date: Mon\n> To: R\n> \n> "
    assert body(sent + OWN["en"]).text == OWN["en"]
    assert body(f"Please see below.\n\n{sent}{OWN['en']}").text.split("\n")[-1] == OWN["en"]


@pytest.mark.parametrize(
    "footer",
    [
        "Get Outlook for Android",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Sent from Mail for Windows",
        "Holen Sie sich Outlook für iOS",
        "Obtenir Outlook pour Android",
        "Virus-free. www.avast.com",
        "This email has been checked for viruses by Avast antivirus software.\nwww.avast.com",
        "-- \nRavi Kumar\nAccounts | Example Ltd\nHyderabad",
        "Thanks,\nRavi",
        "Regards, Ravi Kumar",
        "Best regards\n\nRavi Kumar\nSenior Manager\nMobile: +91 98765 43210\nravi@example.com",
        "Please consider the environment before printing this email.",
    ],
)
def test_footers_are_left_out(footer):
    assert body(f"{OWN['en']}\n\n{footer}").text == OWN["en"]


@pytest.mark.parametrize(
    "preamble",
    [
        "##- Please type your reply above this line -##\n\n",
        "[EXTERNAL] ",
        "[External Email]\n",
        "CAUTION: This email originated from outside of the organization. Do not click links or open "
        "attachments unless you recognize the sender.\n\n",
        "Ticket #123 has been created\n\n",
        "Hi! I'm Ava, your virtual assistant. How can I help you today?\n",
        "您好，我是智能客服小美，请问有什么可以帮您？\n",
        "Hola, soy Luz, tu asistente virtual. ¿En qué puedo ayudarte?\n",
    ],
)
def test_what_systems_put_above_is_left_out(preamble):
    assert body(preamble + OWN["en"]).text == OWN["en"]


UNTOUCHED = [
    "From: Hyderabad To: Delhi, the flight was cancelled and nobody told us.",
    "From: Hyderabad\nTo: Delhi\nDate: 12 March\nThe train never came and I want my fare back.",
    "Your agent wrote:\nWe will refund you.\nThat was in May and I still wait.",
    "On 12 March your agent wrote:\n'we will call you'\nNobody ever called.",
    "My speed is > 3 Mbit/s slower than promised, Settings > Network shows it.",
    "What went wrong:\n> no refund\n> no answer\n> rude staff",
    "> 3 weeks and still no parcel!",
    "Regards my refund of 12 March, when will it come?",
    "I send you my regards\nbut the parcel never came and I want to know why.",
    "Thanks for nothing.",
    "I want my refund.\nThanks",
    "Best\nprice you said, but I paid twice the amount of my neighbour.",
    "Customer service: terrible\nAgent: rude and slow to answer",
    "Customer: Ravi\nAgent: was rude to me on the phone\nPlease call me back.",
    "Customer number: 4411\nAgent: Maria told me it would be refunded.\nIt was not.",
    "Ticket #123 has been created 3 weeks ago and nobody answers.",
    "Your virtual assistant is useless.\nIt only says how can I help you, again and again.",
    "This email and any other I sent were never answered.\nWhy?",
    "Your page shows <br> and <p> instead of my invoice, and x < 3 && y > 2.",
    "I paid 5 &amp; got nothing",
    "Subject: refund\nI want my money back -- all of it.",
    "The parcel is broken\n--\nThe second parcel is broken as well, " + "see the many pictures. " * 60,
    "మీ ఏజెంట్ ఇలా రాశారు: డబ్బు తిరిగి వస్తుంది. కానీ రాలేదు.",
    "आपके एजेंट ने लिखा: पैसे वापस आएंगे।\nअभी तक नहीं आए।",
    "手机发送验证码失败",
    "Siparişim yanlış\nYanlış telefon gönderildi",
    "I cannot send mail.\nOutlook for Android crashes",
    "  \n my card is blocked \n\n",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_a_message_without_furniture_comes_back_unchanged(text):
    kept = body(text)
    assert kept.text == text
    assert kept.pieces == ((0, len(text)),)


@pytest.mark.parametrize(
    "text",
    [
        "> Only a quote, sent by mistake.\n> Nothing else.",
        "Sent from my iPhone",
        "-- \nRavi Kumar",
        "Regards,\nRavi",
        "Ticket #123 has been created",
        "Agent: Hello, how can I help you?",
        "<p></p>",
        "[EXTERNAL]",
        "-----Original Message-----",
        "This e-mail is confidential. Delete it from your system; intended recipient only.",
    ],
)
def test_a_message_of_furniture_alone_comes_back_as_it_is(text):
    assert body(text).text == text


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b"])
def test_nothing_comes_back_as_nothing(text):
    assert body(text).text == text
    assert body(text).original_span(0, len(text)) == (0, len(text))


HTML = """<!DOCTYPE html><html><head><title>Re: order</title><style>p {color: red}</style></head>
<body><div style="display:none">preview</div>
<div dir="ltr"><p>I was charged <b>twice</b> for
order&nbsp;4411 &amp; nobody answers.</p><p>Please refund &lt;50 euros&gt;.<br>Today.</p></div>
<script>track("x > y")</script><!-- <p>hidden</p> -->
<div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 4, 2024 at 10:22 AM Care wrote:<br></div>
<blockquote>How can we help?</blockquote></div></body></html>"""


def test_a_mail_in_html_reads_as_its_reader_saw_it():
    kept = body(HTML)
    assert kept.text == (
        "I was charged twice for order\u00a04411 & nobody answers.\n\nPlease refund <50 euros>.\nToday."
    )
    for word, source in {"twice": "twice", "&": "&amp;", "Today": "Today", "<50": "&lt;50"}.items():
        start = kept.text.index(word)
        first, last = kept.original_span(start, start + len(word))
        assert HTML[first:last] == source


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("Hello,<br>my parcel is late.<br/>Ravi", "Hello,\nmy parcel is late.\nRavi"),
        ("<div>My card is blocked</div><div>Since Monday</div>", "My card is blocked\nSince Monday"),
        (
            "<p>My card was charged twice.</p><p>On 4 Mar at 10:22 Care wrote:</p><blockquote>H</blockquote>",
            "My card was charged twice.",
        ),
        ("<blockquote>My card was charged twice</blockquote>", "My card was charged twice"),
        (
            "<div>FYI</div><div class='gmail_quote'>---------- Forwarded message ---------<br>From: A "
            "&lt;a@b.co&gt;<br>Date: Mon<br>Subject: x<br>To: B<br><br>My card was charged twice</div>",
            "FYI\n\nMy card was charged twice",
        ),
        ("<p>నా కార్డు &#3093; బ్లాక్</p><p>Sent from my iPhone</p>", "నా కార్డు \u0c15 బ్లాక్"),
    ],
)
def test_html_becomes_lines(sent, read):
    assert body(sent).text == read


def test_a_span_of_the_text_names_its_place_in_the_original():
    sent = "[EXTERNAL] My card is blocked.\n\nSent from my iPhone"
    kept = body(sent)
    assert kept.pieces == ((11, 30),)
    assert kept.original_span(3, 7) == (14, 18)
    assert kept.original_span(0, 0) == (11, 11)
    assert kept.original_span(19, 19) == (30, 30)
    with pytest.raises(ValueError, match="range"):
        kept.original_span(3, 99)


@pytest.mark.parametrize(
    "piece",
    [
        "a", " ", "\n", "<", "<a ", "<!--", "<p>", "<div ", "&amp;", "&#", "> ", ">", "- ", "---", "--\n",
        "-----", "Sent from my iPhone\n", "From: a@b.co\n", "Agent: a b c\nCustomer: a b c\n", "\r\n",
        "1:00 wrote:\n\n", "On Mon, 4 Mar 2024 10:22 a wrote:\n", "Regards\n", "[EXTERNAL] ",
        "<blockquote>", "a@", "(10:02", ": ", "---Forwarded message---\n", "---Forwarded message---\n\n> a\n",
        "Ticket 1 has been created\n", "&amp;amp;", "This email and any attachments confidential\n", "ఈ ",
        "नमस्ते\n", "<p>&amp;lt;p&amp;gt;", "<b", "> a\nb\n", "Agent: ", "From: a\nTo: b\nSubject: c\n",
    ],
)  # fmt: skip
def test_long_texts_take_linear_time(piece):
    text = (piece * (50_000 // len(piece)))[:50_000]
    started = time.process_time()
    body(text)
    assert time.process_time() - started < 2
