"""The words of an answer, in each language that shops are answered in."""

from dataclasses import dataclass

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """Sentences of an answer; in braces what is filled in."""

    no_order: str
    accepted: str
    accepted_but: str
    cancelled: str
    refused: str
    partly_refused: str
    your_mail: str
    came: str
    no_form: str
    how_to: str
    left_out: str
    no_forms: str
    correct_it: str
    taken: str
    details: str
    note: str
    duplicate: str
    order_again: str
    duplicate_cancelled: str
    nothing_ordered: str
    form_refused: str
    form_unreadable: str
    more: str


WORDS = {
    ENGLISH: AnswerWords(
        no_order="No order",
        accepted="Order accepted",
        accepted_but="Order accepted, {count} files not looked at",
        cancelled="Order was cancelled",
        refused="Order refused",
        partly_refused="Order partly refused",
        your_mail="your mail",
        came="Your mail came to us on {day} at {time}.",
        no_form="It holds no order that could be read: {reason}.",
        how_to=(
            "To order, attach the order form: the sheet (.xlsx) that your rep or your supplier's office sends you,"
            " filled in\nand saved, or the same as a CSV file. Forms within the text of a mail cannot be read.\n"
        ),
        left_out="{count} more attachments were not looked at: send them in mails of their own.",
        no_forms="Not looked at, because they are no order forms: {names}.",
        correct_it=(
            "Nothing was ordered by a form that was refused. Correct it and send it again: the same form, under\n"
            "the same number, is then accepted."
        ),
        taken="{name}: accepted as order {order}.",
        details="  Outlet {outlet}, delivery on {day}, total {total}.",
        note="  Please note{at}: {message}",
        duplicate="{name}: this form was taken already, as order {order}. Nothing was ordered twice.",
        order_again="  To order again, ask for a new form: each orders once.",
        duplicate_cancelled="{name}: this form was taken already, as order {order}, which was CANCELLED since.",
        nothing_ordered="  Nothing is ordered by it. To order, ask for a new form: each orders once.",
        form_refused="{name}: refused.",
        form_unreadable="{name}: could not be read.",
        more="  … and {count} more.",
    ),
    "el": AnswerWords(
        no_order="Καμία παραγγελία",
        accepted="Η παραγγελία έγινε δεκτή",
        accepted_but="Η παραγγελία έγινε δεκτή, {count} αρχεία δεν εξετάστηκαν",
        cancelled="Η παραγγελία ακυρώθηκε",
        refused="Η παραγγελία απορρίφθηκε",
        partly_refused="Η παραγγελία απορρίφθηκε εν μέρει",
        your_mail="το μήνυμά σας",
        came="Το μήνυμά σας έφτασε στις {day}, ώρα {time}.",
        no_form="Δεν περιέχει παραγγελία που να μπορεί να διαβαστεί: {reason}.",
        how_to=(
            "Για να παραγγείλετε, επισυνάψτε το έντυπο παραγγελίας: το φύλλο (.xlsx) που σας στέλνει ο πωλητής ή το\n"
            "γραφείο του προμηθευτή σας, συμπληρωμένο και αποθηκευμένο, ή το ίδιο ως αρχείο CSV. Έντυπα μέσα στο"
            " κείμενο του\nμηνύματος δεν διαβάζονται.\n"
        ),
        left_out="{count} ακόμη συνημμένα δεν εξετάστηκαν: στείλτε τα σε ξεχωριστά μηνύματα.",
        no_forms="Δεν εξετάστηκαν, γιατί δεν είναι έντυπα παραγγελίας: {names}.",
        correct_it=(
            "Με έντυπο που απορρίφθηκε δεν παραγγέλθηκε τίποτα. Διορθώστε το και στείλτε το ξανά: το ίδιο έντυπο, με\n"
            "τον ίδιο αριθμό, τότε γίνεται δεκτό."
        ),
        taken="{name}: έγινε δεκτό ως παραγγελία {order}.",
        details="  Κατάστημα {outlet}, παράδοση στις {day}, σύνολο {total}.",
        note="  Προσέξτε{at}: {message}",
        duplicate="{name}: αυτό το έντυπο έχει ήδη ληφθεί, ως παραγγελία {order}. Τίποτα δεν παραγγέλθηκε δύο φορές.",
        order_again="  Για νέα παραγγελία ζητήστε νέο έντυπο: το καθένα παραγγέλνει μία φορά.",
        duplicate_cancelled="{name}: αυτό το έντυπο έχει ήδη ληφθεί, ως παραγγελία {order}, που στο μεταξύ ΑΚΥΡΩΘΗΚΕ.",
        nothing_ordered="  Με αυτό δεν παραγγέλνεται τίποτα. Ζητήστε νέο έντυπο: το καθένα παραγγέλνει μία φορά.",
        form_refused="{name}: απορρίφθηκε.",
        form_unreadable="{name}: δεν μπόρεσε να διαβαστεί.",
        more="  … και {count} ακόμη.",
    ),
    "ru": AnswerWords(
        no_order="Заказа нет",
        accepted="Заказ принят",
        accepted_but="Заказ принят, файлов не просмотрено: {count}",
        cancelled="Заказ был отменён",
        refused="Заказ отклонён",
        partly_refused="Заказ отклонён частично",
        your_mail="ваше письмо",
        came="Ваше письмо пришло {day} в {time}.",
        no_form="В нём нет заказа, который удалось бы прочитать: {reason}.",
        how_to=(
            "Чтобы заказать, приложите бланк заказа: таблицу (.xlsx), которую присылает торговый представитель или\n"
            "офис поставщика, заполненную и сохранённую, или то же в файле CSV. Бланки в тексте письма не читаются.\n"
        ),
        left_out="Ещё вложений не просмотрено: {count}. Пришлите их отдельными письмами.",
        no_forms="Не просмотрено, так как это не бланки заказа: {names}.",
        correct_it=(
            "По отклонённому бланку ничего не заказано. Исправьте его и пришлите снова: тот же бланк, под тем же\n"
            "номером, будет принят."
        ),
        taken="{name}: принят как заказ {order}.",
        details="  Магазин {outlet}, доставка {day}, сумма {total}.",
        note="  Обратите внимание{at}: {message}",
        duplicate="{name}: этот бланк уже принят, заказ {order}. Дважды ничего не заказано.",
        order_again="  Для нового заказа попросите новый бланк: каждый заказывает один раз.",
        duplicate_cancelled="{name}: этот бланк уже принят, заказ {order}, который с тех пор ОТМЕНЁН.",
        nothing_ordered="  По нему ничего не заказано. Попросите новый бланк: каждый заказывает один раз.",
        form_refused="{name}: отклонён.",
        form_unreadable="{name}: не удалось прочитать.",
        more="  … и ещё {count}.",
    ),
}


def words_in(language: str) -> AnswerWords:
    """The words of a language; English ones where there are none of it."""
    return WORDS.get(language, WORDS[ENGLISH])
