"""Numbers that name nobody: money, dates, times, percentages, and the words that announce an order number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.text.folding import Span

_CURRENCY = (
    r"[$€£¥₹₨৳₺₩₽₦₫₱฿₪﷼]|(?<![A-Za-z])(?:rs|inr|npr|nrs|usd|us\$|eur|gbp|bdt|tk|try|tl|brl|r\$"
    r"|mxn|ars|cop|clp|pen"
    r"|s/|idr|rp|cny|rmb|yuan|aed|sar|egp|pkr|lkr|ngn|zar|euros?|dollars?|d[oó]lares|pesos?|reais"
    r"|rupees?|rupiah|lira"
    r"|soles)(?![A-Za-z])|रुपये|रुपए|रुपया|रुपैयाँ|रुपैया|रू|रु|రూపాయలు|రూపాయల|రూ|ரூபாய்|ரூ|টাকা"
    r"|元|块|円|원|ريال|درهم|جنيه|دينار|روپے"
)
_AMOUNT = r"\d{1,3}(?:[., ']\d{2,3}){1,5}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20|21)\d\d"
_HARMLESS = re.compile(
    # Before an amount its currency; after a long bare number a currency may belong to the next amount.
    rf"(?i:{_CURRENCY})[ .:]{{0,2}}(?:{_AMOUNT})(?![\d]| ?\d)"
    rf"|(?<![\d.,+-])(?:\d{{1,3}}(?:[., ']\d{{2,3}}){{1,5}}(?:[.,]\d{{1,2}})?"
    rf"|\d{{1,7}}(?:[.,]\d{{1,2}})?) ?(?i:{_CURRENCY})"
    rf"|(?<![\d./-])(?:{_YEAR}([./-]){_MONTH}\1{_DAY}|(?:{_DAY}([./-]){_MONTH}"
    rf"|{_MONTH}([./-]){_DAY})[./-](?:{_YEAR}|\d\d))"
    r"(?:T(?=\d\d:))?(?![./-]?\d)"
    rf"|(?<![\d./-]){_YEAR} ?[-/] ?{_YEAR}(?![./-]?\d)"
    r"|(?<![\d:])(?:[01]?\d|2[0-3])[:.h][0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?![\d.:-])"
    r"|(?<!\d)\d{1,6}(?:[.,]\d{1,4})? ?%"
)
_ORDER = re.compile(
    r"(?<![^\W\d_])(?i:orders?|ord|ref|reference|ticket|txn|transaction|invoice|bill|tracking"
    r"|track|awb|docket|complaint|case"
    r"|booking|pnr|utr|rrn|serial|sr|imei|parcel|shipment|consignment|request|pedidos?|orden"
    r"|factura|ticket|reclamo|guia|guía|rastreo"
    r"|transacci[oó]n|referencia|protocolo|fatura|commande|facture|colis|suivi|bestellung"
    r"|bestellnummer|rechnung|auftrag|sendung"
    r"|pesanan|resi|transaksi|tiket|sipariş|siparis|fatura|kargo|takip)(?![A-Za-z])"
    r"|ऑर्डर|आर्डर|अर्डर|शिकायत|टिकट|बिल|लेनदेन|ఆర్డర్|ఫిర్యాదు|బిల్లు|లావాదేవీ|ஆர்டர்|புகார்"
    r"|অর্ডার|অভিযোগ|طلب|الطلب|طلبية|شكوى|آرڈر|订单|訂單|单号|工单"
)


def harmless_spans(text: str) -> Iterator[Span]:
    """Where a folded text names money, a date, a time or a share."""
    for match in _HARMLESS.finditer(text):
        yield match.span()


def names_order(text: str) -> bool:
    """Whether the words name an order, a ticket or a transaction, to which a number behind them belongs."""
    return _ORDER.search(text) is not None
