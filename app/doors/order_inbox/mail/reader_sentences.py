"""What the reader says of a file and its cells, in English, Greek and Russian; in braces what is filled in."""

FILE_SENTENCES: tuple[tuple[str, str, str], ...] = (
    # the file
    ("The file is empty.", "Το αρχείο είναι κενό.", "Файл пуст."),
    (
        "The file is larger than {size} MiB.",
        "Το αρχείο ξεπερνά τα {size} MiB.",
        "Файл больше {size} МиБ.",
    ),
    (
        "The file takes more time or memory to read than any order form does.",
        "Το αρχείο χρειάζεται περισσότερο χρόνο ή μνήμη από κάθε έντυπο παραγγελίας.",
        "На чтение файла уходит больше времени или памяти, чем на любой бланк заказа.",
    ),
    (
        "The file takes more memory to read than any order form does.",
        "Το αρχείο χρειάζεται περισσότερη μνήμη από κάθε έντυπο παραγγελίας.",
        "На чтение файла уходит больше памяти, чем на любой бланк заказа.",
    ),
    ("The file cannot be read.", "Το αρχείο δεν διαβάζεται.", "Файл не читается."),
    (
        "The file was not looked at: one before it was no order form.",
        "Το αρχείο δεν εξετάστηκε: κάποιο πριν από αυτό δεν ήταν έντυπο παραγγελίας.",
        "Файл не просмотрен: один из предыдущих не был бланком заказа.",
    ),
    (
        (
            "The file was not looked at: several files from this address took too long to read within the last hour."
            " Send it again in an hour, or phone your rep."
        ),
        (
            "Το αρχείο δεν εξετάστηκε: πολλά αρχεία από αυτή τη διεύθυνση χρειάστηκαν πολύ χρόνο την τελευταία ώρα."
            " Στείλτε το ξανά σε μία ώρα ή τηλεφωνήστε στον πωλητή σας."
        ),
        (
            "Файл не просмотрен: за последний час несколько файлов с этого адреса читались слишком долго."
            " Пришлите его снова через час или позвоните торговому представителю."
        ),
    ),
    (
        "The file is neither a workbook nor a text file.",
        "Το αρχείο δεν είναι ούτε βιβλίο εργασίας ούτε αρχείο κειμένου.",
        "Файл не является ни книгой Excel, ни текстовым файлом.",
    ),
    (
        (
            "The file is no sound CSV file: look at the quotation marks in line {line}."
            " One that belongs to a text is written twice, and the text stands in quotation marks."
        ),
        (
            "Το αρχείο CSV έχει λάθος: κοιτάξτε τα εισαγωγικά στη γραμμή {line}."
            " Όσα ανήκουν στο κείμενο γράφονται διπλά, και το κείμενο μπαίνει σε εισαγωγικά."
        ),
        (
            "Файл CSV с ошибкой: посмотрите на кавычки в строке {line}."
            " Кавычка внутри текста пишется дважды, а сам текст стоит в кавычках."
        ),
    ),
    (
        "The workbook is locked by a password: save it without one.",
        "Το βιβλίο εργασίας έχει κωδικό: αποθηκεύστε το χωρίς κωδικό.",
        "Книга закрыта паролем: сохраните её без пароля.",
    ),
    (
        "This is a workbook of the old kind (.xls): save it as .xlsx.",
        "Το βιβλίο εργασίας είναι παλαιού τύπου (.xls): αποθηκεύστε το ως .xlsx.",
        "Книга старого вида (.xls): сохраните её как .xlsx.",
    ),
    (
        "The workbook is damaged, or no workbook: save it anew as .xlsx.",
        "Το βιβλίο εργασίας είναι κατεστραμμένο: αποθηκεύστε το ξανά ως .xlsx.",
        "Книга повреждена: сохраните её заново как .xlsx.",
    ),
    (
        "The file is no workbook of the kind .xlsx: save it as one, or as CSV.",
        "Το αρχείο δεν είναι βιβλίο εργασίας .xlsx: αποθηκεύστε το ως .xlsx ή ως CSV.",
        "Файл не является книгой .xlsx: сохраните его как .xlsx или CSV.",
    ),
    (
        "The order form is on a hidden sheet, which orders nothing: show it, and send the file again.",
        "Το έντυπο είναι σε κρυφό φύλλο, που δεν παραγγέλνει τίποτα: εμφανίστε το και στείλτε ξανά το αρχείο.",
        "Бланк заказа на скрытом листе, по которому ничего не заказывается: покажите лист и пришлите файл снова.",
    ),
    (
        "The file has no table with the headings “Product code” and “Quantity”: this is not the order form.",
        "Το αρχείο δεν έχει πίνακα με τις στήλες «Κωδικός προϊόντος» και «Ποσότητα»: δεν είναι το έντυπο παραγγελίας.",
        "В файле нет таблицы с заголовками «Код товара» и «Количество»: это не бланк заказа.",
    ),
    (
        "The sheets {names} are both filled in: send one form in a file.",
        "Τα φύλλα {names} είναι όλα συμπληρωμένα: στείλτε ένα έντυπο ανά αρχείο.",
        "Заполнены сразу листы {names}: присылайте один бланк в файле.",
    ),
)

CELL_SENTENCES: tuple[tuple[str, str, str], ...] = (
    # the form's head
    (
        "The form names no outlet: its code stands beside “Outlet code”.",
        "Το έντυπο δεν γράφει κατάστημα: ο κωδικός του μπαίνει δίπλα στο «Κωδικός καταστήματος».",
        "В бланке нет магазина: его код стоит рядом с «Код магазина».",
    ),
    (
        "The form has no delivery date: it stands beside “Delivery date”.",
        "Το έντυπο δεν έχει ημερομηνία παράδοσης: μπαίνει δίπλα στο «Ημερομηνία παράδοσης».",
        "В бланке нет даты доставки: она стоит рядом с «Дата доставки».",
    ),
    (
        "The file says two things: {both}.",
        "Το αρχείο γράφει δύο διαφορετικά: {both}.",
        "В файле сказано разное: {both}.",
    ),
    ("Two columns are headed “{name}”.", "Δύο στήλες έχουν τον τίτλο «{name}».", "Две колонки названы «{name}»."),
    (
        "{sender} is not registered for this outlet.",
        "Η διεύθυνση {sender} δεν είναι δηλωμένη για αυτό το κατάστημα.",
        "Адрес {sender} не записан за этим магазином.",
    ),
    (
        (
            "This form was used for another order already. Ask for a new form: each orders once. To change the order,"
            " phone your rep."
        ),
        (
            "Με αυτό το έντυπο έγινε ήδη άλλη παραγγελία. Ζητήστε νέο: το καθένα παραγγέλνει μία φορά. Για αλλαγή"
            " τηλεφωνήστε στον πωλητή σας."
        ),
        (
            "По этому бланку уже сделан другой заказ. Попросите новый: каждый заказывает один раз. Чтобы изменить"
            " заказ, позвоните торговому представителю."
        ),
    ),
    # cells
    ("“{text}” is not a number.", "«{text}» δεν είναι αριθμός.", "«{text}» не число."),
    (
        "“{text}” may mean {one} or {other}: write {first} or {second}.",
        "«{text}» μπορεί να σημαίνει {one} ή {other}: γράψτε {first} ή {second}.",
        "«{text}» может значить {one} или {other}: напишите {first} или {second}.",
    ),
    (
        "“{text}” may mean {one} or {other}: write it like {first} or {second}.",
        "«{text}» μπορεί να σημαίνει {one} ή {other}: γράψτε {first} ή {second}.",
        "«{text}» может значить {one} или {other}: напишите {first} или {second}.",
    ),
    (
        "“{text}” is not a date: write it like {first} or {second}.",
        "«{text}» δεν είναι ημερομηνία: γράψτε την όπως {first} ή {second}.",
        "«{text}» не дата: напишите её как {first} или {second}.",
    ),
    (
        "{day} does not lie within the years 2000 to 2100.",
        "Η ημερομηνία {day} δεν είναι από το 2000 ως το 2100.",
        "Дата {day} не между 2000 и 2100 годами.",
    ),
    (
        "The cell holds the date {day}, not a number.",
        "Το κελί έχει την ημερομηνία {day}, όχι αριθμό.",
        "В ячейке дата {day}, а не число.",
    ),
    (
        (
            "The cell holds a formula, and the file does not have its value:"
            " save the file in a spreadsheet program, or type the value."
        ),
        "Το κελί έχει τύπο χωρίς την τιμή του: αποθηκεύστε το αρχείο σε πρόγραμμα φύλλων ή γράψτε την τιμή.",
        "В ячейке формула без значения: сохраните файл в табличной программе или впишите значение.",
    ),
    ("The cell shows the error {error}.", "Το κελί δείχνει το σφάλμα {error}.", "В ячейке ошибка {error}."),
    (
        "{number} is too large a number.",
        "Ο αριθμός {number} είναι πολύ μεγάλος.",
        "Число {number} слишком велико.",
    ),
    (
        "The cell is merged over the rows of several products: give each its own quantity.",
        "Το κελί είναι ενωμένο για πολλά προϊόντα: δώστε στο καθένα δική του ποσότητα.",
        "Ячейка объединена для нескольких товаров: укажите количество для каждого.",
    ),
    (
        "There is a quantity, and no product code beside it.",
        "Υπάρχει ποσότητα χωρίς κωδικό προϊόντος δίπλα της.",
        "Есть количество, а кода товара рядом нет.",
    ),
    (
        "“{text}” is what a spreadsheet makes of a long number: format the column as text, and write the code again.",
        (
            "«{text}» είναι ό,τι κάνει ένα φύλλο από μεγάλο αριθμό: μορφοποιήστε τη στήλη ως κείμενο και ξαναγράψτε τον"
            " κωδικό."
        ),
        "«{text}» — так таблица показывает длинное число: задайте колонке текстовый формат и впишите код снова.",
    ),
    (
        "“{text}” cannot be a code: it has signs that no code has. Write it as it stands in the list.",
        "«{text}» δεν μπορεί να είναι κωδικός: έχει σημεία που κωδικός δεν έχει. Γράψτε τον όπως στη λίστα.",
        "«{text}» не может быть кодом: в нём знаки, которых в кодах нет. Напишите его как в списке.",
    ),
    ("The code is missing.", "Λείπει ο κωδικός.", "Нет кода."),
    (
        "“{text}” cannot be taken: it is negative, too large, or has more than four decimal places.",
        "«{text}» δεν γίνεται δεκτό: είναι αρνητικό, πολύ μεγάλο ή με πάνω από τέσσερα δεκαδικά.",
        "«{text}» не подходит: отрицательное, слишком большое или больше четырёх знаков после запятой.",
    ),
    (
        "“{text}” is not the number of a form: leave its hidden rows as they are, or ask for a new form.",
        "«{text}» δεν είναι αριθμός εντύπου: αφήστε τις κρυφές γραμμές όπως είναι ή ζητήστε νέο έντυπο.",
        "«{text}» не номер бланка: не меняйте скрытые строки или попросите новый бланк.",
    ),
    (
        (
            "The form calls this product “{name}”, but {code} is “{actual}”."
            " If {meant} is meant, format the column as text, and write the code again."
        ),
        (
            "Το έντυπο λέει το προϊόν «{name}», αλλά το {code} είναι «{actual}»."
            " Αν εννοείτε το {meant}, μορφοποιήστε τη στήλη ως κείμενο και ξαναγράψτε τον κωδικό."
        ),
        (
            "В бланке товар назван «{name}», но {code} — это «{actual}»."
            " Если нужен {meant}, задайте колонке текстовый формат и впишите код снова."
        ),
    ),
)
