"""The words of a statement, and how days and numbers are written, in each language that it is handed out in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.ground.web.amounts import money_text
from app.motivation.points.rules import PointsRule

ENGLISH = "en"
_NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class StatementWords:
    """What stands on a statement; in braces what is filled in.

    `months`: within a sentence; `months_of_days`: as they follow a day's number. `…_of_month` may fill in either, and
    the year.
    """

    title: str
    title_of_many: str
    title_of_month: str
    company: str
    rep: str
    territory: str
    month: str
    number: str
    issued: str
    void: str
    voided: str
    opening: str
    points_of_month: str
    corrections: str
    closing: str
    rule: str
    count: str
    points: str
    total: str
    corrected_month: str
    nothing: str
    open_appeals: str
    appeals_wait: str
    point_value: str
    currency: str
    amount: str
    worth: str
    page: str
    all_territories: str
    rep_code: str
    territory_code: str
    rules: Mapping[PointsRule, str]
    months: tuple[str, ...]
    months_of_days: tuple[str, ...]
    day: str
    thousands: str
    decimals: str

    def rule_in_words(self, rule: str) -> str:
        """What a rule is called."""
        return self.rules[PointsRule(rule)]

    def month_in_words(self, month: date) -> str:
        """A month that stands alone: November 2026."""
        name = self.months[month.month - 1]
        return f"{name[:1].upper()}{name[1:]} {month.year}"

    def of_month(self, phrase: str, month: date) -> str:
        """A phrase with a month filled in."""
        place = month.month - 1
        return phrase.format(month=self.months[place], of_month=self.months_of_days[place], year=month.year)

    def day_in_words(self, day: date) -> str:
        """A day: 3 December 2026."""
        return self.day.format(day=day.day, month=self.months_of_days[day.month - 1], year=day.year)

    def number_in_words(self, number: int, *, signed: bool = False) -> str:
        """A whole number with its thousands apart; `signed`: also where it is above 0."""
        sign = "-" if number < 0 else "+" if signed and number > 0 else ""
        return sign + f"{abs(number):,}".replace(",", self.thousands)

    def money_in_words(self, amount: Decimal) -> str:
        """An amount, two decimals at least."""
        whole, fraction = money_text(abs(amount)).split(".")
        sign = "-" if amount < 0 else ""
        return f"{sign}{self.number_in_words(int(whole))}{self.decimals}{fraction}"


_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
_WORDS = {
    ENGLISH: StatementWords(
        title="Points statement",
        title_of_many="Points statements",
        title_of_month="Points statement for {month} {year}",
        company="Company",
        rep="Rep",
        territory="Territory",
        month="Month",
        number="Number",
        issued="Issued on",
        void="VOID",
        voided="Void since {day}: the month was reopened. It has, or gets, another statement.",
        opening="Opening balance",
        points_of_month="Points of {month} {year}",
        corrections="Corrections of closed months",
        closing="Closing balance",
        rule="What for",
        count="Count",
        points="Points",
        total="Total",
        corrected_month="Month corrected",
        nothing="Nothing was booked.",
        open_appeals="Open appeals",
        appeals_wait="Not decided when this was issued. What is granted counts in a later statement.",
        point_value="Value of a point",
        currency="Currency",
        amount="Amount",
        worth="{points} points at {value} {currency}",
        page="Page {page} of {pages}",
        all_territories="all",
        rep_code="Rep code",
        territory_code="Territory code",
        rules={
            PointsRule.MISSED_ORDER: "No order by the cutoff",
            PointsRule.LATE_ORDER: "Order after the cutoff",
            PointsRule.PAST_DUE_ORDER: "Order after the outlet's own due time",
            PointsRule.ORDER_ON_TIME: "Order in time",
            PointsRule.DELIVERY_MATCHED: "Delivered as ordered",
            PointsRule.DELIVERY_MISMATCH: "Delivered other than ordered",
            PointsRule.PRICE_MISMATCH: "Charged other than ordered",
            PointsRule.RETURNS_WITHIN_LIMIT: "Returns within the limit",
            PointsRule.RETURNS_OVER_LIMIT: "Returns over the limit",
            PointsRule.DUMPED_ORDER: "Order not taken at the outlet, as a review confirmed",
            PointsRule.OVER_MONTHLY_CAP: "Over what a month can earn",
        },
        months=_ENGLISH_MONTHS,
        months_of_days=_ENGLISH_MONTHS,
        day="{day} {month} {year}",
        thousands=",",
        decimals=".",
    ),
    "el": StatementWords(
        title="Εκκαθάριση πόντων",
        title_of_many="Εκκαθαρίσεις πόντων",
        title_of_month="Εκκαθάριση πόντων {of_month} {year}",
        company="Εταιρεία",
        rep="Πωλητής",
        territory="Περιοχή",
        month="Μήνας",
        number="Αριθμός",
        issued="Ημερομηνία έκδοσης",
        void="ΑΚΥΡΟ",
        voided="Άκυρη από {day}: ο μήνας άνοιξε ξανά. Έχει ή θα έχει άλλη εκκαθάριση.",
        opening="Αρχικό υπόλοιπο",
        points_of_month="Πόντοι {of_month} {year}",
        corrections="Διορθώσεις κλεισμένων μηνών",
        closing="Τελικό υπόλοιπο",
        rule="Αιτία",
        count="Πλήθος",
        points="Πόντοι",
        total="Σύνολο",
        corrected_month="Μήνας που διορθώνεται",
        nothing="Δεν καταχωρίστηκε τίποτα.",
        open_appeals="Εκκρεμείς ενστάσεις",
        appeals_wait="Δεν είχαν κριθεί κατά την έκδοση. Όσες γίνουν δεκτές μετρούν σε επόμενη εκκαθάριση.",
        point_value="Αξία πόντου",
        currency="Νόμισμα",
        amount="Ποσό",
        worth="{points} πόντοι προς {value} {currency}",
        page="Σελίδα {page} από {pages}",
        all_territories="όλες",
        rep_code="Κωδικός πωλητή",
        territory_code="Κωδικός περιοχής",
        rules={
            PointsRule.MISSED_ORDER: "Καμία παραγγελία έως το κλείσιμο της ημέρας",
            PointsRule.LATE_ORDER: "Παραγγελία μετά το κλείσιμο της ημέρας",
            PointsRule.PAST_DUE_ORDER: "Παραγγελία μετά την ώρα του καταστήματος",
            PointsRule.ORDER_ON_TIME: "Παραγγελία στην ώρα της",
            PointsRule.DELIVERY_MATCHED: "Παράδοση όπως παραγγέλθηκε",
            PointsRule.DELIVERY_MISMATCH: "Παράδοση διαφορετική από την παραγγελία",
            PointsRule.PRICE_MISMATCH: "Χρέωση διαφορετική από την παραγγελία",
            PointsRule.RETURNS_WITHIN_LIMIT: "Επιστροφές εντός ορίου",
            PointsRule.RETURNS_OVER_LIMIT: "Επιστροφές πάνω από το όριο",
            PointsRule.DUMPED_ORDER: "Παραγγελία που δεν λήφθηκε στο κατάστημα, μετά από έλεγχο",
            PointsRule.OVER_MONTHLY_CAP: "Πάνω από το μηνιαίο ανώτατο όριο",
        },
        months=(
            *("Ιανουάριος", "Φεβρουάριος", "Μάρτιος", "Απρίλιος", "Μάιος", "Ιούνιος", "Ιούλιος", "Αύγουστος"),
            *("Σεπτέμβριος", "Οκτώβριος", "Νοέμβριος", "Δεκέμβριος"),
        ),
        months_of_days=(
            *("Ιανουαρίου", "Φεβρουαρίου", "Μαρτίου", "Απριλίου", "Μαΐου", "Ιουνίου", "Ιουλίου", "Αυγούστου"),
            *("Σεπτεμβρίου", "Οκτωβρίου", "Νοεμβρίου", "Δεκεμβρίου"),
        ),
        day="{day} {month} {year}",
        thousands=".",
        decimals=",",
    ),
    "ru": StatementWords(
        title="Ведомость баллов",
        title_of_many="Ведомости баллов",
        title_of_month="Ведомость баллов за {month} {year} г.",
        company="Компания",
        rep="Представитель",
        territory="Территория",
        month="Месяц",
        number="Номер",
        issued="Дата выпуска",
        void="НЕДЕЙСТВИТЕЛЬНО",
        voided="Недействительна с {day}: месяц открыт снова. У него есть или будет другая ведомость.",
        opening="Остаток на начало",
        points_of_month="Баллы за {month} {year} г.",
        corrections="Исправления закрытых месяцев",
        closing="Остаток на конец",
        rule="За что",
        count="Количество",
        points="Баллы",
        total="Итого",
        corrected_month="Исправленный месяц",
        nothing="Ничего не начислено.",
        open_appeals="Нерассмотренные жалобы",
        appeals_wait="Не рассмотрены к дате выпуска. Удовлетворённые войдут в следующую ведомость.",
        point_value="Цена балла",
        currency="Валюта",
        amount="Сумма",
        worth="Баллов: {points}, по {value} {currency}",
        page="Страница {page} из {pages}",
        all_territories="все",
        rep_code="Код представителя",
        territory_code="Код территории",
        rules={
            PointsRule.MISSED_ORDER: "Нет заказа к закрытию дня",
            PointsRule.LATE_ORDER: "Заказ после закрытия дня",
            PointsRule.PAST_DUE_ORDER: "Заказ позже срока магазина",
            PointsRule.ORDER_ON_TIME: "Заказ вовремя",
            PointsRule.DELIVERY_MATCHED: "Доставлено, как заказано",
            PointsRule.DELIVERY_MISMATCH: "Доставлено не то, что заказано",
            PointsRule.PRICE_MISMATCH: "Цена не та, что в заказе",
            PointsRule.RETURNS_WITHIN_LIMIT: "Возвраты в пределах нормы",
            PointsRule.RETURNS_OVER_LIMIT: "Возвраты сверх нормы",
            PointsRule.DUMPED_ORDER: "Заказ взят не в магазине, подтверждено проверкой",
            PointsRule.OVER_MONTHLY_CAP: "Сверх месячного предела",
        },
        months=(
            *("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь"),
            *("ноябрь", "декабрь"),
        ),
        months_of_days=(
            *("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября"),
            *("ноября", "декабря"),
        ),
        day="{day} {month} {year} г.",
        thousands=_NO_BREAK,
        decimals=",",
    ),
}

LANGUAGES = tuple(_WORDS)
"""Those that a statement can be in."""


def statement_words(language: str) -> StatementWords:
    """The words in a language; in English where there are none of it."""
    return _WORDS.get(language, _WORDS[ENGLISH])
