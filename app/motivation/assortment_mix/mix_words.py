"""The words of a quarter's statement in each language that it is handed out in. What it has in common with a rep's
statement (days, numbers, void) says `statements.statement_words`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.ground.web.amounts import decimal_text
from app.motivation.assortment_mix.figures import NoScoreReason
from app.motivation.assortment_mix.rules import Quarter
from app.motivation.statements.statement_words import ENGLISH, StatementWords, statement_words


@dataclass(frozen=True, slots=True)
class MixWords:
    """What stands on a quarter's statement; in braces what is filled in. `sections`: of the table, by their names."""

    title: str
    title_of_quarter: str
    quarter: str
    named_quarter: str
    closed: str
    closed_by: str
    voided: str
    orders: str
    value: str
    score: str
    no_score: Mapping[NoScoreReason, str]
    bonus: str
    steps: str
    from_score: str
    what: str
    name: str
    code: str
    week: str
    weeks: str
    groups: str
    segments: str
    outlets: str
    reps: str
    target: str
    actual: str
    effect: str
    others: str
    no_segment: str
    no_rep: str
    sections: Mapping[str, str]

    def quarter_in_words(self, quarter: Quarter) -> str:
        """A quarter that stands alone."""
        return self.named_quarter.format(number=quarter.number, year=quarter.year)


_WORDS = {
    ENGLISH: MixWords(
        title="Assortment mix statement",
        title_of_quarter="Assortment mix statement for {quarter}",
        quarter="Quarter",
        named_quarter="Q{number} {year}",
        closed="Closed on",
        closed_by="Closed by",
        voided="Void since {day}: the quarter was reopened.",
        orders="Orders",
        value="Value",
        score="Score",
        no_score={
            NoScoreReason.FEW_ORDERS: "none: too few orders",
            NoScoreReason.NO_TARGETS: "none: there were no targets",
            NoScoreReason.NO_VALUE: "none: nothing was charged for",
        },
        bonus="Share of the bonus",
        steps="Steps of the bonus",
        from_score="From score",
        what="What",
        name="Name",
        code="Code",
        week="Week",
        weeks="Weeks",
        groups="Assortment groups",
        segments="Price segments",
        outlets="Outlets that moved the score",
        reps="Reps who moved the score",
        target="Target share",
        actual="Actual share",
        effect="Effect on the score",
        others="without a target",
        no_segment="without a segment",
        no_rep="orders of no rep",
        sections={
            "quarter": "The quarter",
            "group": "Assortment group",
            "segment": "Price segment",
            "week": "Week",
            "outlet_up": "Outlet that raised the score",
            "outlet_down": "Outlet that lowered the score",
            "rep_up": "Rep who raised the score",
            "rep_down": "Rep who lowered the score",
        },
    ),
    "el": MixWords(
        title="Εκκαθάριση μείγματος ειδών",
        title_of_quarter="Εκκαθάριση μείγματος ειδών, {quarter}",
        quarter="Τρίμηνο",
        named_quarter="{number}ο τρίμηνο {year}",
        closed="Ημερομηνία κλεισίματος",
        closed_by="Κλείσιμο από",
        voided="Άκυρη από {day}: το τρίμηνο άνοιξε ξανά.",
        orders="Παραγγελίες",
        value="Αξία",
        score="Βαθμός",
        no_score={
            NoScoreReason.FEW_ORDERS: "κανένας: πολύ λίγες παραγγελίες",
            NoScoreReason.NO_TARGETS: "κανένας: δεν υπήρχαν στόχοι",
            NoScoreReason.NO_VALUE: "κανένας: τίποτα δεν χρεώθηκε",
        },
        bonus="Ποσοστό του μπόνους",
        steps="Κλίμακα του μπόνους",
        from_score="Από βαθμό",
        what="Τι",
        name="Όνομα",
        code="Κωδικός",
        week="Εβδομάδα",
        weeks="Εβδομάδες",
        groups="Ομάδες ειδών",
        segments="Κατηγορίες τιμής",
        outlets="Καταστήματα που επηρέασαν τον βαθμό",
        reps="Πωλητές που επηρέασαν τον βαθμό",
        target="Στόχος",
        actual="Πραγματικό μερίδιο",
        effect="Επίδραση στον βαθμό",
        others="χωρίς στόχο",
        no_segment="χωρίς κατηγορία",
        no_rep="παραγγελίες χωρίς πωλητή",
        sections={
            "quarter": "Το τρίμηνο",
            "group": "Ομάδα ειδών",
            "segment": "Κατηγορία τιμής",
            "week": "Εβδομάδα",
            "outlet_up": "Κατάστημα που ανέβασε τον βαθμό",
            "outlet_down": "Κατάστημα που κατέβασε τον βαθμό",
            "rep_up": "Πωλητής που ανέβασε τον βαθμό",
            "rep_down": "Πωλητής που κατέβασε τον βαθμό",
        },
    ),
    "ru": MixWords(
        title="Ведомость по ассортименту",
        title_of_quarter="Ведомость по ассортименту, {quarter}",
        quarter="Квартал",
        named_quarter="{number}-й квартал {year} г.",
        closed="Дата закрытия",
        closed_by="Кем закрыт",
        voided="Недействительна с {day}: квартал открыт снова.",
        orders="Заказы",
        value="Стоимость",
        score="Оценка",
        no_score={
            NoScoreReason.FEW_ORDERS: "нет: слишком мало заказов",
            NoScoreReason.NO_TARGETS: "нет: не было целей",
            NoScoreReason.NO_VALUE: "нет: всё было бесплатно",
        },
        bonus="Доля премии",
        steps="Ступени премии",
        from_score="С оценки",
        what="Что",
        name="Название",
        code="Код",
        week="Неделя",
        weeks="Недели",
        groups="Группы ассортимента",
        segments="Ценовые сегменты",
        outlets="Магазины, повлиявшие на оценку",
        reps="Представители, повлиявшие на оценку",
        target="Целевая доля",
        actual="Фактическая доля",
        effect="Влияние на оценку",
        others="без цели",
        no_segment="без сегмента",
        no_rep="заказы без представителя",
        sections={
            "quarter": "Квартал",
            "group": "Группа ассортимента",
            "segment": "Ценовой сегмент",
            "week": "Неделя",
            "outlet_up": "Магазин, повысивший оценку",
            "outlet_down": "Магазин, понизивший оценку",
            "rep_up": "Представитель, повысивший оценку",
            "rep_down": "Представитель, понизивший оценку",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class MixLanguage:
    """A language as a quarter's statement is written in it. `common`: what it shares with a rep's statement."""

    words: MixWords
    common: StatementWords

    @classmethod
    def of(cls, language: str) -> "MixLanguage":
        """A language by its code; English where we do not write it."""
        return cls(_WORDS.get(language, _WORDS[ENGLISH]), statement_words(language))

    def decimal(self, value: Decimal | None, *, signed: bool = False) -> str:
        """A score, or an effect; nothing where there is none."""
        if value is None:
            return ""
        sign = "+" if signed and value > 0 else ""
        return sign + decimal_text(value).replace(".", self.common.decimals)

    def percent(self, share: Decimal | None) -> str:
        """A share in percent; nothing where there is none."""
        return "" if share is None else f"{self.decimal(share * 100)} %"

    def score(self, score: Decimal | None, why_none: NoScoreReason | None) -> str:
        """The score, or why there is none."""
        return self.words.no_score[why_none] if why_none is not None else self.decimal(score)
