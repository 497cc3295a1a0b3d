import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._
import sluice.{Columns, Predictor}

/** A species as a naive Bayes classifier sees it: how common it is, and how each measurement of it is spread. */
final case class Species(name: String, share: Double, means: Seq[Double], variances: Seq[Double]) {
  def logLikelihood(row: Seq[Double]): Double =
    math.log(share) - row.zip(means.zip(variances)).map { case (value, (mean, variance)) =>
      (math.log(2 * math.Pi * variance) + (value - mean) * (value - mean) / variance) / 2
    }.sum
}

object Species {
  /** A line of species.csv: the name, the share, the means and the variances. */
  def read(line: String): Species = {
    val name +: numbers = line.split(',').toSeq: @unchecked
    val share +: spread = numbers.map(_.toDouble): @unchecked
    val (means, variances) = spread.splitAt(spread.size / 2)
    Species(name, share, means, variances)
  }
}

/** Which species an iris is, and how likely each is. */
final class IrisPredictor extends Predictor {
  private val features = Seq("sepal_length", "sepal_width", "petal_length", "petal_width")
  private var species: Seq[Species] = Nil

  override def load(modelDir: Path): Unit =
    species = Files.readAllLines(modelDir.resolve("species.csv")).asScala.toSeq.map(Species.read)

  override def predict(inputs: Columns): AnyRef = {
    val rows = features.map(name => inputs.doubles(name).toSeq).transpose
    val probabilities = rows.map(probabilitiesOf)
    val likeliest = probabilities.map(each => species(each.indexOf(each.max)).name)
    // What Java is given is of Java: arrays, and its own Map.
    Map[String, AnyRef]("species" -> likeliest.toArray, "probabilities" -> probabilities.map(_.toArray).toArray).asJava
  }

  private def probabilitiesOf(row: Seq[Double]): Seq[Double] = {
    val scores = species.map(_.logLikelihood(row))
    val likelihoods = scores.map(score => math.exp(score - scores.max))
    likelihoods.map(_ / likelihoods.sum)
  }
}
