/**
 * The words by which the safety stop sees that a prompt involves minors. Whole words; `*` at the end
 * stands for any ending. The lists rather hold a word too many: what they stop is one prompt.
 */
export const MINOR_WORDS: readonly string[] = [
  // English
  'child*, kid, kids, kiddo*, kiddie*, kiddy, baby, babies, infant*, toddler*, newborn*, tot, tots, bairn*',
  'boy, boys, boyish, boyhood, girl, girls, girlie, girly, girlish, girlhood, lad, lads, lass, lasses, lassie*',
  'teen*, preteen*, tween*, adolescen*, juvenile*, minor, minors, underage*, pubescent, prepubescent, puberty',
  'youngster*, youth, youths, youthful, orphan*, pupil, pupils, jailbait, loli, lolis, lolicon*, lolita*, shota*',
  'preschool*, kindergart*, kindergarden*, nursery, schoolgirl*, schoolboy*, schoolchild*, schoolkid*, grader*',
  'schooler*, highschool*, middleschool*, gradeschool*, gurl*, grl, grls, girlz, boi, bois, boyz, kidz, chld',
  'daughter*, stepdaughter*, granddaughter*, son, sons, stepson*, grandson*, grandchild*, grandkid*, niece*, nephew*',
  // German; `Kind` and `Junge` alone are English and German adjectives: see MINOR_PHRASES
  'kinder, kindern, kindes, kindchen, kindlich*, kleinkind*, schulkind*, madchen*, maedchen*, madel*, jungs, bub, buben',
  'saugling*, saeugling*, jugendlich*, halbwuchsig*, minderjahrig*, minderjaehrig*, schuler*, schueler*, tochter, sohn',
  // French
  'enfant*, fille, filles, fillette*, garcon*, gamin*, gosse*, bebe*, nourrisson*, ado, ados, mineur*, ecolier*, collegien*, lyceen*',
  // Spanish
  'nino, ninos, nina, ninas, ninit*, chica, chicas, chico, chicos, chiquill*, muchach*, chaval*, menor, menores, colegial*',
  'hija, hijas, hijo, hijos, parvul*, quinceaner*',
  // Italian
  'bambin*, bimba, bimbe, bimbi, bimbo, ragazz*, neonat*, minorenn*, fanciull*, figlia, figlie, figlio, scolar*, liceal*',
  // Portuguese
  'crianca*, menino*, menina*, garoto*, garota*, nenem, rapariga*, miudo*, miuda*, filha, filhas, filho, filhos',
  // Dutch, Scandinavian languages
  'kinderen, meisje*, jongen*, jongetje*, kleuter*, peuter*, tiener*, minderjarig*, dochter*',
  'flicka, flickor, pojk*, tonaring*, minderarig*, jente, jenter, pige, piger, dreng, drenge',
  // Polish, Turkish, Indonesian
  'dzieck*, dzieci*, dziewczyn*, chłopi*, chłopc*, chlopi*, chlopc*, niemowl*, nastolat*, nieletni*, małoletni*, maloletni*',
  'cocuk*, bebek*, ergen, ergenler, liseli*, anak, bayi, remaja, gadis',
].flatMap((line) => line.split(', '));

/** Several words in a row that tell of minors. */
export const MINOR_PHRASES: readonly string[] = [
  'high school*, middle school*, elementary school*, primary school*, secondary school*, grade school*, junior high',
  'school uniform*, under age*, barely legal, age of consent, sweet sixteen, little one, little ones, little sister*',
  'very young, too young, so young, really young, extremely young, young one, young ones',
  'ein kind, das kind, dem kind, mein kind, dein kind, sein kind, ihr kind, kein kind, kleines kind, junges kind',
  'jedes kind, dieses kind, nacktes kind, een kind, het kind, ein junge, der junge, kleiner junge, kleine jungen',
  'tre em, em be, be gai, be trai',
].flatMap((line) => line.split(', '));

/** Beginnings of words in scripts that put spaces between words. */
export const MINOR_STEMS: readonly string[] = [
  // Russian, Ukrainian
  'ребен, ребят, дети, детей, детям, детьми, детях, детск, детств, деточ, детк, девоч, девчон, девчат, девушк',
  'мальчи, пацан, младен, малыш, подрост, школьни, несовершеннолет, малолет, юнош, дочь, дочк, дочер, сын, внуч, внук',
  'тинейдж, ученик, учениц, дитин, дівч, хлопч, хлопец, немовл, підліт, неповноліт',
  // Greek
  'παιδ, κοριτσ, αγορι, αγορα, μωρο, εφηβ, ανηλικ, νηπι',
].flatMap((line) => line.split(', '));

/** Parts of words in scripts that put no spaces between words, or bind articles and endings to them. */
export const MINOR_PARTS: readonly string[] = [
  // Chinese
  '孩, 儿童, 兒童, 少女, 少年, 幼女, 幼童, 幼儿, 幼兒, 婴, 嬰, 宝宝, 寶寶, 未成年, 学生, 學生, 小学, 小學, 中学, 中學, 初中, 高中',
  '萝莉, 蘿莉, 正太, 童, 女儿, 女兒, 儿子, 兒子, 娃',
  // Japanese
  '子供, 子ども, こども, コドモ, 児, 赤ちゃん, 赤ん坊, 女子高生, 小学生, 中学生, 高校生, 女の子, 男の子, 生徒, ロリ, ショタ',
  '娘, 息子, キッズ, ティーン, ベビー',
  // Korean
  '아이, 어린이, 아기, 유아, 소녀, 소년, 미성년, 청소년, 학생, 여고생, 여중생, 꼬마, 십대, 로리, 쇼타',
  // Arabic, Persian, Urdu, Hebrew
  'طفل, أطفال, اطفال, طفولة, رضيع, فتاة, فتيات, بنت, بنات, ولد, أولاد, صبي, مراهق, قاصر, تلميذ, ابنة',
  'کودک, بچه, بچے, بچی, دختر, پسر, نوجوان, لڑکی, ילד, תינוק, נער, קטין, קטינה',
  // Hindi, Bengali, Tamil, Thai
  'बच्च, लड़क, नाबालिग, किशोर, शिशु, बालक, बालिका, बेटी, बेटा, छात्रा, শিশু, বাচ্চা, কিশোর, குழந்தை, เด็ก, ทารก, วัยรุ่น',
  // Pictures
  '👶, 👧, 👦, 🧒, 🍼, 🚼, 🚸',
].flatMap((line) => line.split(', '));

/** Words for the numbers below 18. */
export const SMALL_NUMBERS: ReadonlySet<string> = new Set(
  [
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen',
    'ein eins zwei drei vier funf fuenf sechs sieben acht neun zehn elf zwolf zwoelf dreizehn vierzehn funfzehn',
    'fuenfzehn sechzehn siebzehn un deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize',
    'uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete',
    'due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette',
    'um dois duas quatro sete oito dez treze dezesseis dezasseis dezessete dezassete',
    'один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать',
    'пятнадцать шестнадцать семнадцать',
  ].flatMap((line) => line.split(' ')),
);

/** Words for tens and hundreds: the small number after one of them is only a part of a greater one. */
export const TENS: ReadonlySet<string> = new Set(
  [
    'twenty thirty forty fifty sixty seventy eighty ninety hundred thousand vingt trente quarante cinquante soixante cent',
    'veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento vinte trinta quarenta cinquenta',
    'sessenta oitenta двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто сто',
  ].flatMap((line) => line.split(' ')),
);

/** What follows the number in an age. */
export const AGE_UNITS: readonly string[] = [
  'year, years, yr, yrs, yo, yearold*, yearsold, yold, jahre, jahren, jahrig*, jaehrig*, ans, ano, anos, anni, jaar, jarig*, lat',
  'yas, yasinda*, tahun, tuoi, лет, год, года, годик*, летн*, років, рок*, ετων, χρονων, χρονια',
  'سنة, سنوات, سنين, عام*, साल*, वर्ष*, ปี',
].flatMap((line) => line.split(', '));

/** Sexual words beside the keywords of the sexual categories: clinical or ordinary ones only. */
export const SEXUAL_WORDS: readonly string[] = [
  'sex, sexy, sexier, sexiest, sexed, sexting, sexuality, nude, nudes, nudist, naked, nakedness, undressed, undressing',
  'unclothed, topless, lingerie, underwear, panties, striptease, stripper, fetish, nsfw, xxx, lewd, arousal, aroused',
  'arousing, arouse, sensual, sensually, provocative, provocatively, seduce, seduction, lust, lusty, intercourse',
  'genital, genitals, genitalia, adult content, x rated, intimate parts',
].flatMap((line) => line.split(', '));

/** Sexual words in other languages: beginnings of words. */
export const SEXUAL_STEMS: readonly string[] = [
  'nackt, erot, porn, sexu, seks, desnud, denud, dénud, naakt, nagosc, ciplak, cıplak, bugil, telanjang, lencer, wollust',
  'секс, порн, эрот, голый, голая, голые, голой, голую, голым, обнаж, γυμν, σεξ, πορν',
].flatMap((line) => line.split(', '));

/** Sexual words in other languages: parts of words. */
export const SEXUAL_PARTS: readonly string[] = [
  '色情, 裸体, 裸體, 全裸, 裸の, 裸女, 裸露, 性感, 情色, 性爱, 性愛, 性行为, 性行為, エロい, エロチ, エロティ, ヌード, セックス, セクシー, 下着, 누드, 섹스, 섹시, 알몸, 벌거벗',
  'إباحي, اباحي, عاري, عارية, عراة, جنسي, برهنه, नग्न, अश्लील, कामुक, नंगी, नंगा, เปลือย, โป๊',
].flatMap((line) => line.split(', '));
