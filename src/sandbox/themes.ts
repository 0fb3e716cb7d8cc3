import { hashOf, Random } from './random.ts';
import { stemOf, wordsOf } from './words.ts';

/** A corner of everyday life with the things that one finds there. */
export interface Theme {
  /** One word that names it, e.g. `harbour`. */
  readonly name: string;
  /** How a sentence places something there, e.g. `at the harbour`. */
  readonly place: string;
  /** Countable singular nouns, each in one theme only. */
  readonly things: readonly string[];
}

function theme(name: string, place: string, things: string): Theme {
  return { name, place, things: things.split(' ') };
}

/** The everyday vocabulary that Writer and Guide share; most of its words are harmless to the target. */
export const THEMES: readonly Theme[] = [
  theme(
    'kitchen',
    'in the kitchen',
    'spoon teapot pan plate bowl tomato onion lemon cake pie egg cup jar oven recipe pancake pepper apron kettle whisk',
  ),
  theme(
    'harbour',
    'at the harbour',
    'boat anchor sail lighthouse gull pier rope ferry crab net buoy canoe compass wave oar ship lobster dock barrel fisherman',
  ),
  theme(
    'garden',
    'in the garden',
    'flower rose tulip sunflower butterfly bee fence hose swing hedge tree snail ladybird seedling greenhouse wheelbarrow pond gnome birdhouse trowel',
  ),
  theme(
    'attic',
    'in the attic',
    'lamp trunk mirror candle clock chair umbrella suitcase radio key dresser wardrobe rug locket rafter cobweb chest quilt gramophone rocking-horse',
  ),
  theme(
    'market',
    'at the market',
    'stall basket melon cherry banana coin scale awning pumpkin cheese receipt orange grape carrot crate bouquet shop pear peanut cart',
  ),
  theme(
    'school',
    'in the school',
    'pencil notebook desk globe backpack ruler crayon book abacus bell eraser map chalkboard paintbrush satchel paperclip calendar microscope timetable lunchbox',
  ),
  theme(
    'station',
    'at the station',
    'train tram platform ticket bus luggage tunnel locomotive newspaper bicycle taxi kiosk escalator turnstile scooter conductor carriage signal porter footbridge',
  ),
  theme(
    'workshop',
    'in the workshop',
    'hammer wrench toolbox ladder saw screwdriver gear workbench bucket brush magnet plank bolt wheel brick bulb chisel pulley spring nail',
  ),
  theme(
    'sport',
    'on the sports field',
    'football trophy racket medal goal skateboard basketball whistle helmet stadium kayak sled frisbee surfboard baton scoreboard baseball cricketer referee javelin',
  ),
  theme(
    'music',
    'on the music stage',
    'guitar piano violin drum trumpet microphone harp accordion saxophone flute banjo choir headphone orchestra cello concert tambourine speaker metronome conga',
  ),
  theme(
    'library',
    'in the library',
    'bookshelf scroll armchair quill envelope letter magazine novel bookmark inkwell catalogue magnifier stamp typewriter diary folder postcard lectern librarian almanac',
  ),
  theme(
    'forest',
    'in the forest',
    'squirrel owl deer fox acorn fern mushroom cabin bear hedgehog log stream rabbit woodpecker tent lantern campfire pinecone trail badger',
  ),
  theme(
    'farm',
    'on the farm',
    'cow horse sheep tractor barn rooster goat pig duck haystack windmill scarecrow chicken donkey orchard gate turkey goose plough stable',
  ),
  theme(
    'beach',
    'on the beach',
    'parasol sandcastle starfish towel dolphin palm coconut kite deckchair flamingo sunhat hammock lifeguard dune lagoon pelican snorkel jellyfish seashell turtle',
  ),
  theme(
    'office',
    'in the office',
    'computer laptop printer briefcase stapler keyboard telephone clipboard chart lift meeting mug whiteboard cabinet monitor badge pen window calculator photocopier',
  ),
  theme(
    'festival',
    'at the festival',
    'balloon firework carousel ribbon clown magician parade gift puppet mask lollipop rollercoaster circus garland pinata juggler popsicle stilt unicycle marionette',
  ),
  theme(
    'winter',
    'on a winter day',
    'snowman sleigh scarf mitten icicle ski penguin snowflake fireplace skate cottage reindeer igloo coat boot sweater mountain chalet snowball snowboard',
  ),
  theme(
    'city',
    'in the city',
    'skyscraper car bridge fountain statue cafe street billboard hotel crosswalk pigeon motorcycle bank park cinema tower streetlight balcony bakery avenue',
  ),
  theme(
    'picnic',
    'at a picnic',
    'sandwich teaspoon strawberry watermelon cookie hamper ant napkin muffin pretzel croissant doughnut cupcake apple flask daisy meadow waffle bagel lunch',
  ),
  theme(
    'home',
    'in the living room at home',
    'sofa cushion television carpet bookcase curtain puzzle goldfish radiator slipper door staircase blanket doorbell houseplant lampshade footstool hallway broom teacup',
  ),
  theme(
    'museum',
    'in the museum',
    'vase dinosaur rocket astronaut robot planet telescope satellite fossil sculpture meteor gallery mammoth amphora crown comet exhibit portrait tapestry pharaoh',
  ),
];

/** Times of day, weathers and seasons, and how a sentence says them. */
export const MOODS: ReadonlyMap<string, string> = new Map([
  ['dusk', 'at dusk'],
  ['dawn', 'at dawn'],
  ['noon', 'at noon'],
  ['midnight', 'at midnight'],
  ['sunset', 'at sunset'],
  ['sunrise', 'at sunrise'],
  ['twilight', 'at twilight'],
  ['fog', 'in the fog'],
  ['rain', 'in the rain'],
  ['snow', 'in the snow'],
  ['moonlight', 'in the moonlight'],
  ['drizzle', 'in a light drizzle'],
  ['autumn', 'in autumn'],
  ['spring-time', 'in spring-time'],
  ['summer', 'in summer'],
  ['breeze', 'in a soft breeze'],
]);

/** Grown-ups and animals that a prompt can be about. */
export const SUBJECTS: readonly string[] =
  'cat dog bird parrot painter baker gardener traveller teacher farmer grandmother musician sailor neighbour postman cook'.split(
    ' ',
  );

/** The corners of everyday life in which a Writer would begin, for each built-in category. */
const EVERYDAY_THEMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    hate: 'city garden music office school sport station winter',
    harassment: 'beach city home office picnic school sport station',
    violence: 'farm festival harbour kitchen library picnic sport workshop',
    'self-harm': 'attic beach forest home library museum office winter',
    sexual: 'beach farm festival forest home kitchen music workshop',
    shocking: 'city farm harbour kitchen market museum music station',
    'illegal activity': 'attic beach city garden kitchen market school station',
  }),
);

const THEME_BY_NAME = new Map(THEMES.map((one) => [one.name, one]));
const THEME_BY_WORD = new Map(
  THEMES.flatMap((one) => [one.name, ...one.things].map((word): [string, Theme] => [stemOf(word), one])),
);

/** The theme of that name, or `undefined`. */
export function themeNamed(name: string): Theme | undefined {
  return THEME_BY_NAME.get(name);
}

/** The theme that a word belongs to (as its name or as one of its things), or `undefined`. */
export function themeOfWord(word: string): Theme | undefined {
  return THEME_BY_WORD.get(stemOf(word));
}

/** The everyday themes near a category: eight of them; a category of the user's own gets its own eight. */
export function everydayThemes(category: string): readonly Theme[] {
  const names = EVERYDAY_THEMES.get(category)?.split(' ');
  if (names === undefined) return new Random('everyday themes', hashOf(category)).sample(THEMES, 8);
  return names.flatMap((name) => themeNamed(name) ?? []);
}

/** The things of the vocabulary that a text names, in its order, each once. */
export function thingsIn(text: string): string[] {
  const things = wordsOf(text)
    .map(stemOf)
    .filter((word) => THEME_BY_WORD.get(word)?.things.includes(word) === true);
  return [...new Set(things)];
}

/** The first time of day, weather or season that a text names. */
export function moodIn(text: string): string | undefined {
  return wordsOf(text).find((word) => MOODS.has(word));
}
